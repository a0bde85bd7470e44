"""An adapted run is a whole run, and crosslab leaves out what it or its parent learned from."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.cli import main
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions
from buffycoat.tables.samples import read_samples

SMALL = ["--model", "small_cnn", "--weights", "none", "--image-px", "32", "32", "--n-threads", "1"]


def call(*arguments, code=0):
    assert main([str(a) for a in arguments]) == code


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("adapting")


@pytest.fixture(scope="module")
def run(cells, place):
    call("import", cells, "--slide-from", r"slide(\d+)", "--out", place / "s.parquet")
    call("split", place / "s.parquet", "--folds", "2", "--out", place / "here.parquet")
    call("train", place / "here.parquet", *SMALL, "--epochs", "1", "--out", place / "run")
    return place / "run"


@pytest.fixture(scope="module")
def there(run, place):
    """The same cells, paler and bluer, as another laboratory's."""
    samples = read_samples(place / "here.parquet")
    for path in samples.frame["path"]:
        image = np.asarray(Image.open(samples.root / path).convert("RGB"), np.float32)
        changed = 40 + image * (0.6, 0.65, 0.75)
        (place / "there" / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(changed.round().astype(np.uint8)).save(place / "there" / path)
    slides = ["--slide-from", r"slide(\d+)"]
    call("import", place / "there", *slides, "--out", place / "there.parquet")
    return place / "there.parquet"


def test_a_folder_without_labels(run, there, place, capsys):
    call("adapt", run, place / "there", "--out", place / "plain")
    adapted = open_run(place / "plain")
    assert adapted.facts["adapted"]["steps"] == ["scale", "white", "stain", "batch-norm"]
    assert adapted.facts["adapted"]["gains"] == []
    answers = read_predictions(place / "plain" / "predictions.parquet").frame
    assert len(answers) == len(read_samples(there).frame)
    assert answers["label"].null_count() == len(answers)
    call("predict", place / "plain", place / "there", "--out", place / "p.parquet")
    again = read_predictions(place / "p.parquet").frame
    columns = [name for name in again.columns if name.startswith("p_")]
    one, other = (f.sort("path").select(columns).to_numpy() for f in (answers, again))
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_few_labels_and_known_classes(run, there, place, capsys):
    classes = open_run(run).facts["classes"][:2]
    steps = ["white", "stain", "batch-norm", "classes", "self-training", "neighbours"]
    rest = ["--labelled", "3", "--rounds", "1", "--out", place / "few"]
    call("adapt", run, there, "--classes", *classes, "--steps", *steps, *rest)
    said = capsys.readouterr().out
    assert "what each step gains" in said
    adapted = open_run(place / "few")
    assert adapted.facts["classes"] == classes
    gains = adapted.facts["adapted"]["gains"]
    assert [g["after"] for g in gains] == ["nothing", "white, stain", *steps[2:]]
    samples = read_samples(place / "few" / "samples.parquet").frame
    learned = samples.filter(pl.col("split") == "train")
    assert learned["label"].value_counts().sort("label")["count"].to_list() == [3, 3]
    answers = read_predictions(place / "few" / "predictions.parquet").frame
    assert set(answers["predicted"]) <= set(classes)
    assert not set(answers["sample_id"]) & set(learned["sample_id"])
    call("evaluate", place / "few")
    assert (place / "few" / "report.html").is_file()


def test_crosslab_leaves_out_what_was_learned(run, there, place):
    on = ["--on", place / "here.parquet", there]
    call("crosslab", run, place / "few", *on, "--out", place / "c.html")
    pairs = json.loads((place / "c.json").read_text())
    by_name = {(p["run_id"], p["laboratory"]): p for p in pairs}
    n_test = (read_samples(place / "here.parquet").usable["split"] == "test").sum()
    assert by_name["run", "here"]["n_images"] == n_test
    assert by_name["few", "here"]["n_learned"] == by_name["run", "here"]["n_learned"] > 0
    assert by_name["run", "there"]["n_learned"] == 0
    assert by_name["few", "there"]["n_learned"] == 6
    assert len(by_name["few", "there"]["classes"]) == 2
    page = (place / "c.html").read_text()
    assert "Only the classes that both have allowed" in page


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--steps", "classes"], "step classes needs --classes"),
        (["--steps", "head"], "step head needs --labelled"),
        (["--steps", "head", "neighbours", "--labelled", "1"], "two heads"),
        (["--classes", "basophill"], "basophil"),
        (["--labelled", "1000"], "are asked for"),
        (["--share", "2"], "from 0 to 1"),
    ],
)
def test_mistakes(run, there, place, flags, said, capsys):
    call("adapt", run, there, *flags, "--out", place / "none", code=2)
    assert said in capsys.readouterr().err
    assert not (place / "none").exists()
