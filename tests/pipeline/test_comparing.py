"""Runs and foreign tables against each other, through the command line and from Python."""

import html
import json
import re
import shlex
import shutil

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.cli import main
from buffycoat.pipeline.comparing import compare
from buffycoat.pipeline.contenders import read_contenders
from buffycoat.pipeline.costs import run_costs
from buffycoat.runs import create_run, open_run
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.predictions import write_predictions
from buffycoat.tables.samples import SampleTable, check_samples, data_hash, write_samples

CLASSES = ("basophil", "monocyte", "platelet")


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """Sixty images on thirty slides."""
    root = tmp_path_factory.mktemp("images")
    labels = [CLASSES[i % 3] for i in range(60)]
    for i in range(60):
        Image.fromarray(np.full((20, 20, 3), 4 * i, np.uint8)).save(root / f"{i}.png")
    frame = pl.DataFrame(
        {
            "sample_id": [f"{i}.png" for i in range(60)],
            "path": [f"{i}.png" for i in range(60)],
            "label": labels,
            "group": [f"slide {i // 2}" for i in range(60)],
            "split": ["test"] * 60,
        }
    )
    table = check_samples(SampleTable(frame, root, CLASSES, group_columns=("slide",)))
    return write_samples(table, root / "samples.parquet"), table


@pytest.fixture(scope="module")
def make_run(samples, tmp_path_factory):
    """A finished run that is right about so many images; it has no network."""

    def make_run(name, n_right, *, seed=0, **facts):
        out = tmp_path_factory.mktemp("runs") / name
        table = samples[1]
        said = np.arange(60) % 3
        wrong = np.random.default_rng(seed).permutation(60)[n_right:]
        said[wrong] = (said[wrong] + 1) % 3
        known = {"data_hash": "1234567890abcdef", "group_columns": ["slide"]}
        p = 0.1 + 0.7 * np.eye(3)[said]
        answers = answer_rows(table.frame, p, CLASSES, name, facts=known)
        run = create_run(out)
        for part in ("predictions.parquet", "baselines.parquet"):
            write_predictions(answers, run.part(part))
        write_samples(table, run.part("samples.parquet"))
        pl.DataFrame({"epoch": [1, 2], "elapsed_s": [3.0, 5.0]}).write_csv(run.part("history.csv"))
        run.part("network.safetensors").write_bytes(bytes(2_500_000))
        facts = {"network": {"n_parameters": 600_000}, "elapsed_s": 30.0, "device": "cpu"} | facts
        run.sealed("predictions.parquet", "baselines.parquet", "samples.parquet", **facts)
        return out

    return make_run


@pytest.fixture(scope="module")
def runs(make_run):
    return [make_run(f"seed-{i}", n, seed=i) for i, n in enumerate((54, 51, 30, 33))]


def test_two_runs_on_the_console_and_as_a_page(runs, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["compare", str(runs[0]), str(runs[2])]) == 0
    out = capsys.readouterr().out
    assert "seed-0 is better than seed-2 by 40.0 points of accuracy" in out
    assert "60 images (30 groups)" in out
    assert "McNemar's test takes images as independent" in out
    page = (tmp_path / "comparison.html").read_text()
    assert "seed-0 is better than seed-2 by 40.0 points" in page
    assert page.count("data:image/jpeg") > 5
    assert "data 1234567890ab" in page


def test_costs_are_what_the_runs_say_and_nothing_else(runs, make_run, tmp_path):
    other = make_run("other", 40, network={"n_parameters": 1, "multiply_adds": 9})
    found = compare((str(runs[0]), str(other)), out=tmp_path / "c.json")
    costs = found.methods[0].costs
    assert (costs.epoch_s, costs.n_epochs, costs.training_s) == (4, 2, 30)
    assert (costs.n_parameters, costs.multiply_adds, costs.size_mb) == (600_000, None, 2.5)
    assert found.methods[1].costs.multiply_adds == 9
    written = json.loads((tmp_path / "c.json").read_text())
    assert written["methods"][0]["costs"]["multiply_adds"] is None
    assert written["pairs"][0]["verdict"] == found.pairs[0].verdict
    values = [d["value"] for d in written["pairs"][0]["differences"].values()]
    assert values == [d.value for d in found.pairs[0].differences.values()]


def test_replicates_are_joined_by_a_comma_and_named(runs, tmp_path, capsys):
    good, poor = (",".join(map(str, runs[i : i + 2])) for i in (0, 2))
    found = compare((f"good={good}", poor), out=tmp_path / "c.csv")
    assert [m.name for m in found.methods] == ["good", "seed-2, seed-3"]
    assert found.methods[0].figures["accuracy"].value == pytest.approx(105 / 120)
    assert found.methods[0].spread["accuracy"].sd == pytest.approx(0.05 / np.sqrt(2))
    rows = pl.read_csv(tmp_path / "c.csv")
    row = rows.filter((pl.col("first") == "good") & (pl.col("figure") == "accuracy")).row(
        0, named=True
    )
    assert row["n_replicates"] == 2
    assert row["replicates_sd"] == pytest.approx(0.05 / np.sqrt(2))
    assert "good is better than seed-2, seed-3" in capsys.readouterr().out


def test_another_programs_table_takes_labels_and_origins_from_the_samples(runs, samples, tmp_path):
    path, table = samples
    said = [CLASSES[(i + (i < 20)) % 3] for i in range(60)]
    frame = pl.DataFrame({"sample_id": table.frame["sample_id"], "predicted": said})
    frame.head(50).write_csv(tmp_path / "script.csv")
    given = (str(runs[0]), str(tmp_path / "script.csv"))
    found = compare(given, samples=path, out=tmp_path / "c.html")
    assert (found.n_images, found.n_groups, found.groups_known) == (50, 25, True)
    assert found.methods[1].figures["accuracy"].value == pytest.approx(30 / 50)
    assert found.left_out[0].reason == "not in its table"
    assert found.methods[1].data_hashes == (data_hash(table),)
    assert any("data hashes differ" in note for note in found.notes)


def test_a_path_may_hold_a_comma_or_an_equals_sign(runs, tmp_path):
    odd = tmp_path / "lr=.1,b=2.csv"
    odd.write_text("path,label,predicted\n1.png,monocyte,monocyte\n2.png,platelet,monocyte\n")
    first = read_contenders((str(odd), str(runs[0])), None)[0]
    assert (first.paths, first.name) == ((odd,), "lr=.1,b=2")
    named = read_contenders((f"mine={odd}", str(runs[0])), None)[0]
    assert (named.paths, named.name) == ((odd,), "mine")


def test_a_copy_of_a_run_is_refused(runs, tmp_path, capsys):
    shutil.copytree(runs[0], tmp_path / "copy")
    assert main(["compare", str(runs[0]), str(tmp_path / "copy")]) == 2
    assert f"is a copy of the run {runs[0]}" in capsys.readouterr().err


def test_the_costs_of_folds_are_those_of_their_runs(make_run, tmp_path):
    whole = make_run("folds", 50)
    for k in range(2):
        shutil.copytree(make_run("inner", 40, seed=k, elapsed_s=10.0 + k), whole / f"fold-{k}")
    (whole / "history.csv").unlink()
    costs = run_costs(open_run(whole))
    assert (costs.epoch_s, costs.n_epochs, costs.training_s, costs.size_mb) == (4, 2, 21, 2.5)


def test_runs_of_one_name_are_called_by_their_places(make_run):
    places = [str(make_run("a", n)) for n in (50, 40)]
    assert [method.name for method in read_contenders(places, None)] == places


def test_an_anonymous_comparison_names_no_run_and_no_file(runs, tmp_path):
    given = (str(runs[0]), f"mine={runs[2]}")
    found = compare(given, out=tmp_path / "c.html", anonymise=True)
    page = (tmp_path / "c.html").read_text()
    assert [m.name for m in found.methods] == ["method 1", "mine"]
    assert not re.search(r"seed-\d|\d\.png", page)
    assert str(tmp_path.parent) not in page
    compare(given, out=tmp_path / "c.json", anonymise=True)
    assert not re.search(r"seed-\d|\d\.png", (tmp_path / "c.json").read_text())


def test_the_command_on_the_page_is_the_one_that_was_given(runs, samples, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = f"my net={runs[0]},{runs[1]}", str(runs[2]), "--samples", str(samples[0])
    command = ["buffycoat", "compare", *given, "--n-resamples", "200", "--out", "c d.html"]
    assert main(command[1:]) == 0
    page = (tmp_path / "c d.html").read_text()
    said = html.unescape(page.partition('id="repeat"')[2].partition("<pre>")[2])
    assert shlex.split(said.partition("</pre>")[0]) == command
    assert main([*command[1:], "--anonymise"]) == 0
    assert 'id="repeat"' not in (tmp_path / "c d.html").read_text()


def test_many_long_names_are_replicates_and_no_name_of_a_file(runs, tmp_path, capsys):
    places = [tmp_path / f"{k}{'x' * 120}.csv" for k in range(3)]
    for place in places:
        place.write_text("path,label,predicted\n1.png,monocyte,monocyte\n")
    named = f"mine={','.join(map(str, places))}"
    assert read_contenders((named, str(runs[0])), None)[0].paths == tuple(places)
    assert main(["compare", "x" * 300, str(runs[0])]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_what_is_compared_is_not_written_over(runs, samples, tmp_path, capsys):
    mine = tmp_path / "b.csv"
    mine.write_text(said := "path,label,predicted\n1.png,monocyte,monocyte\n")
    given = ["compare", str(runs[0]), str(mine), "--out", str(tmp_path / "." / "b.csv")]
    assert main(given) == 2
    assert "is one of the tables compared" in capsys.readouterr().err
    assert mine.read_text() == said
