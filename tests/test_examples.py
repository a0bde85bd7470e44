"""The examples run as they stand, and show tables and the report in place."""

import shutil
from pathlib import Path

import nbformat
import polars as pl
import pytest
from nbclient import NotebookClient

from buffycoat.cli import main
from buffycoat.plugin_files import plugins_for_now
from buffycoat.runs import open_run
from buffycoat.tables.samples import read_samples

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_the_notebook_runs_and_shows_tables_and_the_report(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    book = nbformat.read(EXAMPLES / "first_steps.ipynb", as_version=4)
    client = NotebookClient(book, timeout=150, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    shown = [
        output["data"].get("text/html", "")
        for cell in book.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    ]
    assert any("400 images, 8 classes" in page for page in shown)
    assert any("<iframe srcdoc=" in page for page in shown)
    assert any("8 classes" in page and "failed_because" in page for page in shown)


PLUGIN = ["--plugin", str(EXAMPLES / "plugin.py")]


def call(*arguments):
    with plugins_for_now([], alone=True):  # as in a process of its own
        assert main([str(a) for a in arguments]) == 0


@pytest.fixture(scope="module")
def my_lab(cells, tmp_path_factory):
    """An archive as the example's record describes it, and the table that is made of it."""
    place = tmp_path_factory.mktemp("plugin")
    for own, name in (("LYM", "lymphocyte"), ("NEU", "neutrophil"), ("PLT", "platelet")):
        shutil.copytree(cells / name, place / "lab" / own)
    archive = shutil.make_archive(place / "my_lab", "zip", place / "lab")
    table = place / "samples.parquet"
    call("fetch", "my_lab", *PLUGIN, "--from", archive, "--to", place / "got", "--out", table)
    return table


def test_the_data_set_of_the_plugin_is_had_by_its_name(my_lab):
    table = read_samples(my_lab)
    assert table.classes == ("lymphocyte", "neutrophil", "platelet")
    assert len(table.usable) == 150
    assert table.steps[-1]["um_per_px"] == "0.1"


def test_the_check_of_the_plugin_scores_every_image(my_lab, tmp_path):
    out = tmp_path / "audited.parquet"
    others = ["--skip", "copies", "outliers", "shortcuts", "labels", "map"]
    call("audit", my_lab, *PLUGIN, "--check", "off_centre", *others, "--out", out)
    frame = read_samples(out).frame
    assert frame["off_centre_measure"].is_between(0, 0.71).all()
    assert frame["off_centre_score"].is_between(0, 0.74).all()


def test_the_network_and_the_augmentation_of_the_plugin_train_and_answer(my_lab, tmp_path):
    call("split", my_lab, "--out", tmp_path / "split.parquet")
    chosen = ["--model", "two_blocks", "--augmentation", "fade", "--weights", "none"]
    small = ["--image-px", "32", "32", "--n-threads", "1", "--epochs", "1"]
    run = tmp_path / "run"
    call("train", tmp_path / "split.parquet", *PLUGIN, *chosen, *small, "--out", run)
    assert open_run(run).facts["network"]["source"] == "plugin.py"
    call("predict", run, my_lab, "--out", tmp_path / "p.csv")
    assert pl.read_csv(tmp_path / "p.csv")["predicted"].null_count() == 0
