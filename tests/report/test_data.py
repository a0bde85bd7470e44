"""The same numbers as data."""

import json
from dataclasses import replace

import polars as pl

from buffycoat.evaluation.figures import Figure
from buffycoat.report.data import write_figures


def test_json_holds_everything_and_is_strict(tmp_path, evaluation):
    figures = {**evaluation.figures, "brier": Figure(0.1, float("nan"), 0.2, "none")}
    out = write_figures(replace(evaluation, figures=figures), tmp_path / "a.json", "json")
    data = json.loads(out.read_text(), parse_constant=lambda name: 1 / 0)
    assert data["figures"]["accuracy"]["value"] == 0.9
    assert data["figures"]["brier"]["low"] is None
    assert data["confusion"] == evaluation.confusion
    assert data["split"] == "test"
    assert data["mistakes"][0]["path"] == "smith/blast_2.png"


def test_csv_holds_one_figure_a_row_with_its_interval(tmp_path, evaluation):
    frame = pl.read_csv(write_figures(evaluation, tmp_path / "a.csv", "csv"))
    accuracy = frame.row(0, named=True)
    assert (accuracy["value"], accuracy["low"], accuracy["high"]) == (0.9, 0.88, 0.92)
    assert {"split", "data_hash", "n_images", "n_groups", "method"} <= set(frame.columns)


def test_anonymise_leaves_paths_out(tmp_path, evaluation):
    out = write_figures(evaluation, tmp_path / "a.json", anonymise=True)
    assert "smith" not in out.read_text()
    assert "light-1" not in out.read_text()
