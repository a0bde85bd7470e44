"""An adapted run is a whole run, and nothing is scored that it or its parent learned from."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.cli import main
from buffycoat.pipeline.adaptation.learned import learned_rows, met_shares, trained_on
from buffycoat.pipeline.loading import train_settings
from buffycoat.runs import open_run
from buffycoat.sources.drawn.cells import draw_samples
from buffycoat.tables.predictions import read_predictions
from buffycoat.tables.samples import read_samples, write_samples

SMALL = [
    "--model",
    '{name = "small_cnn", width = 8}',
    "--weights",
    "none",
    "--image-px",
    "24",
    "24",
]
NUMBERS = {"lymphocyte": 4, "neutrophil": 6, "platelet": 7}
SLIDES = ["--slide-from", r"slide(\d+)"]


def call(*arguments, code=0):
    assert main([str(a) for a in arguments]) == code


@pytest.fixture(scope="module")
def here(place):
    given = {
        "n_images": 72,
        "n_slides": 12,
        "image_px": 32,
        "cell_types": tuple(NUMBERS),
    }
    drawn = draw_samples(place / "here", seed=1, **given)
    call("import", drawn, *SLIDES, "--out", place / "s.parquet")
    call("split", place / "s.parquet", "--out", place / "here.parquet")
    table = replace(read_samples(place / "here.parquet"), class_ids=NUMBERS)
    return write_samples(table, place / "here.parquet")


@pytest.fixture(scope="module")
def run(here, place):
    few = ["--epochs", "1", "--views", "one", "--n-threads", "1"]
    call("train", here, *SMALL, *few, "--out", place / "run")
    return place / "run"


@pytest.fixture(scope="module")
def there(here, place):
    """The same cells, paler and bluer, as another laboratory's."""
    samples = read_samples(here)
    for path in samples.frame["path"]:
        image = np.asarray(Image.open(samples.root / path).convert("RGB"), np.float32)
        changed = 40 + image * (0.6, 0.65, 0.75)
        (place / "there" / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(changed.round().astype(np.uint8)).save(place / "there" / path)
    call("import", place / "there", *SLIDES, "--out", place / "there.parquet")
    return place / "there.parquet"


@pytest.fixture(scope="module")
def few(run, there, place):
    """Adapted to two classes with three labels of each."""
    classes = open_run(run).facts["classes"][:2]
    steps = ["white", "stain", "batch-norm", "classes", "self-training", "neighbours"]
    rest = ["--labelled", "3", "--rounds", "1", "--out", place / "few"]
    call("adapt", run, there, "--classes", *classes, "--steps", *steps, *rest)
    return place / "few"


@pytest.fixture(scope="module")
def own(run, here, place):
    """Adapted to the table that it was trained on."""
    call("adapt", run, here, "--steps", "batch-norm", "--out", place / "own")
    return place / "own"


def answers_of(path):
    return read_predictions(path / "predictions.parquet").frame


def mates(frame, learned):
    """The rows of the groups that hold a learned row."""
    return frame.filter(pl.col("group").is_in(learned["group"].to_list()))


def test_a_folder_without_labels_and_with_a_broken_file(run, there, place, capsys):
    shutil.copytree(place / "there", place / "folder")
    (place / "folder" / "broken.png").write_bytes(b"nothing")
    call("adapt", run, place / "folder", "--out", place / "plain")
    assert capsys.readouterr().out.count("what a folder is called is no label here, so no") == 1
    adapted = open_run(place / "plain")
    assert adapted.facts["adapted"]["steps"] == ["scale", "white", "stain", "batch-norm"]
    assert adapted.facts["adapted"]["gains"] == []
    answers = answers_of(place / "plain")
    assert len(answers) == len(read_samples(there).frame) + 1
    assert answers["label"].null_count() == len(answers)
    assert answers["failed_because"].count() == 1
    call("predict", place / "plain", place / "folder", "--out", place / "p.parquet")
    again = read_predictions(place / "p.parquet").frame
    columns = [name for name in again.columns if name.startswith("p_")]
    one, other = (f.sort("path").select(columns).to_numpy() for f in (answers, again))
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_stain_goes_as_far_as_in_the_run_unless_another_strength_is_asked_for(run, there, place):
    def strength(source, name, *flags):
        call("adapt", source, there, "--steps", "stain", *flags, "--out", place / name)
        return train_settings(open_run(place / name)).images.standards.stain_strength

    assert strength(run, "half") == 0.5
    assert strength(run, "far", "--stain-strength", "0.9") == 0.9
    assert strength(place / "far", "as far") == 0.9
    assert strength(place / "far", "less far", "--stain-strength", "0.2") == 0.2


def test_few_labels_and_known_classes(few, run, there):
    adapted = open_run(few)
    classes, gains = adapted.facts["classes"], adapted.facts["adapted"]["gains"]
    assert classes == open_run(run).facts["classes"][:2]
    assert adapted.facts["class_ids"] == {name: NUMBERS[name] for name in classes}
    steps = ["nothing", "white, stain", "batch-norm", "classes", "self-training", "neighbours"]
    assert [g["after"] for g in gains] == steps
    samples = read_samples(few / "samples.parquet").frame
    learned = samples.filter(pl.col("split") == "train")
    assert learned["label"].value_counts().sort("label")["count"].to_list() == [3, 3]
    answers = answers_of(few)
    assert set(answers["predicted"]) <= set(classes)
    assert not set(answers["sample_id"]) & set(learned["sample_id"])
    scored = answers.filter(pl.col("label").is_not_null())
    assert len(scored) == gains[0]["n_images"] == (samples["split"] == "test").sum() > 0
    assert not len(mates(scored, learned)), "a slide is learned from and scored"
    told = adapted.facts["data"]["notes"][-1]
    assert "by white, stain, batch-norm, self-training to these very images" in told


def test_what_the_run_learned_from_before_is_not_scored(own, here):
    scored = answers_of(own).filter(pl.col("label").is_not_null())
    test = read_samples(here).usable.filter(pl.col("split") == "test")
    assert set(scored["sample_id"]) == set(test["sample_id"])


def test_a_run_adapted_again_remembers_all_that_it_learned_from(few, there, run, place, capsys):
    call("adapt", few, there, "--out", place / "no", code=2)
    assert "cells that it remembers" in capsys.readouterr().err
    call("adapt", few, there, "--steps", "white", "--out", place / "twice")
    ids = [set(learned_rows(open_run(p))["pixels_sha256"]) for p in (run, few, place / "twice")]
    assert ids[0] < ids[1] == ids[2]
    assert len(ids[1] - ids[0]) == 6
    learned = read_samples(few / "samples.parquet").frame.filter(pl.col("split") == "train")
    scored = answers_of(place / "twice").filter(pl.col("label").is_not_null())
    assert len(scored)
    assert not len(mates(scored, learned))


def test_other_commands_take_an_adapted_run(own, run, here, place, capsys):
    call("evaluate", own)
    assert "adapted by batch-norm to these very images" in (own / "report.html").read_text()
    call("robustness", own, "--families", "light", "--severities", "1")
    call("compare", run, own, "--out", place / "compared.json")
    call("ensemble", run, own, "--out", place / "both.parquet")
    n_test = (read_samples(here).usable["split"] == "test").sum()
    assert len(read_predictions(place / "both.parquet").frame) == n_test
    call("embed", own, here, "--out", place / "features.npy")
    assert np.isfinite(np.load(place / "features.npy")).all()
    call("ensemble", run, own, "--out", place / "mean.parquet")
    assert "to these very images" in " ".join(capsys.readouterr().out.split())
    call("bundle", own, "--backend", "torch", "--out", place / "b.zip")
    with zipfile.ZipFile(place / "b.zip") as archive:
        assert json.loads(archive.read("classes.json")) == NUMBERS


def test_a_run_with_standards_is_neither_bundled_nor_held_against_a_bundle(few, place, capsys):
    call("bundle", few, "--out", place / "c.zip", code=2)
    assert "to standards (white, stain)" in capsys.readouterr().err
    with zipfile.ZipFile(place / "c.zip", "w") as archive:
        archive.writestr("model.py", "class Model: pass")
    call("bundle-check", place / "c.zip", "--run", few, code=2)
    assert "no bundle can be held against it" in capsys.readouterr().err


def test_crosslab_leaves_out_what_was_learned_with_its_groups(run, few, here, there, place, capsys):
    call("crosslab", run, few, "--on", here, there, "--out", place / "c.html")
    pairs = json.loads((place / "c.json").read_text())
    by_name = {(p["run_id"], p["laboratory"]): p for p in pairs}
    n_test = (read_samples(here).usable["split"] == "test").sum()
    assert by_name["run", "here"]["n_images"] == n_test
    assert by_name["few", "here"]["n_learned"] == by_name["run", "here"]["n_learned"] > 0
    assert by_name["run", "there"]["n_learned"] == 0
    samples = read_samples(few / "samples.parquet").frame
    learned = samples.filter(pl.col("split") == "train")
    n_mates = len(mates(read_samples(there).usable, learned))
    assert by_name["few", "there"]["n_learned"] == n_mates > 6
    assert len(by_name["few", "there"]["classes"]) == 2
    assert by_name["few", "there"]["n_seen"] == by_name["few", "there"]["n_images"] > 0
    assert by_name["run", "there"]["n_seen"] == by_name["few", "here"]["n_seen"] == 0
    assert "was adapted to" in capsys.readouterr().out
    assert "without their labels" in (place / "c.html").read_text()
    assert "Only the classes that both have allowed" in (place / "c.html").read_text()


def test_one_class_in_common_is_said(run, here, place, capsys):
    samples = read_samples(here)
    one = samples.frame.filter(pl.col("label") == "platelet")
    table = write_samples(replace(samples, frame=one), place / "platelets.parquet")
    call("crosslab", run, "--on", table, "--out", place / "one.html")
    assert "where no other answer is allowed, all are right" in capsys.readouterr().out
    assert "one class in common" in (place / "one.html").read_text()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--on", "{here}"], "no run is given"),
        (["{run}", "{run}", "--on", "{here}"], "two runs are called 'run'"),
        (["{run}", "--on", "{here}", "{here}"], "two tables have one name"),
        (["{run}", "--on", "{here}", "--out", "{place}/c.json"], "the figures lie beside it"),
    ],
)
def test_mistakes_of_crosslab(run, here, place, given, said, capsys):
    call("crosslab", *(a.format(run=run, here=here, place=place) for a in given), code=2)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--steps", "classes"], "step classes needs --classes"),
        (["--steps", "head"], "step head needs --labelled"),
        (["--steps", "head", "neighbours", "--labelled", "1"], "two heads"),
        (["--steps", "neighbours", "fine-tuning", "--labelled", "1"], "moves the features"),
        (["--classes", "basophill"], "basophil"),
        (["--labelled", "1000"], "are asked for"),
        (["--share", "2"], "from 0 to 1"),
        (["--steps", "white", "--labelled", "1"], "no step learns from them"),
        (["--steps", "white", "--classes", "platelet"], "for the step classes"),
        (["--steps", "white", "--stain-strength", "0.2"], "add it to --steps"),
        (["--steps", "white", "--share", "0.2"], "for the step batch-norm: add it"),
        (["--rounds", "3"], "for the step self-training: add it"),
        (["--classes", "platelet", "platelet"], "platelet alone, and every answer"),
    ],
)
def test_mistakes(run, there, place, flags, said, capsys):
    call("adapt", run, there, *flags, "--out", place / "none", code=2)
    assert said in capsys.readouterr().err
    assert not (place / "none").exists()


def test_frequencies_begin_from_what_the_run_expects(run):
    """Of equal classes where the loss weighed them so, or the head learned again at the end."""
    told, learning = open_run(run), train_settings(open_run(run)).learning
    samples, known = trained_on(told), tuple(told.facts["classes"])
    train = samples.usable.filter(pl.col("split") == "train")["label"].to_list()
    plain = np.array([train.count(name) for name in known]) / len(train)
    np.testing.assert_allclose(met_shares(samples, learning, known), plain)
    for changed in ({"balance": "class-weights"}, {"classifier_epochs": 1}):
        even = replace(learning, **changed)
        np.testing.assert_allclose(met_shares(samples, even, known), 1 / 3)


def test_what_a_run_expects_after_a_new_head_is_not_known(few, there, place, capsys):
    call("adapt", few, there, "--steps", "frequencies", "--out", place / "no", code=2)
    assert "adapted by self-training and expects other frequencies" in capsys.readouterr().err


def test_a_run_is_not_overwritten_by_what_is_made_of_it(run, there, capsys):
    for out in (run, run.parent):
        call("adapt", run, there, "--out", out, "--overwrite", code=2)
        assert "holds the run that is adapted" in capsys.readouterr().err
    assert open_run(run).is_finished
