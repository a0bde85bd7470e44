"""`run` audits first: within a part of its budget, and leaves out what is foreign and repeated."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from PIL import Image, ImageOps

from buffycoat import import_samples
from buffycoat.cli import main
from buffycoat.pipeline.audit.first import audit_first
from buffycoat.pipeline.budget import Budget
from buffycoat.runs import open_run
from buffycoat.tables.samples import read_samples


@pytest.fixture(scope="module")
def folder(cells, tmp_path_factory):
    """150 drawn cells at 64 px; one picture that is no cell, six times; one cell and its mirror."""
    folder = tmp_path_factory.mktemp("first") / "cells"
    for i, file in enumerate(sorted(cells.rglob("*.png"))):
        place = folder / file.parent.name / f"{i:03}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        image = Image.open(file).convert("RGB").resize((64, 64), Image.Resampling.BICUBIC)
        image.save(place)
        if i == 0:
            detailed = np.random.default_rng(0).integers(0, 40, (16, 16, 3)).astype(np.uint8)
            image.paste(Image.fromarray(detailed + 150).resize((30, 30)), (30, 30))
            image.save(place)
            ImageOps.mirror(image).save(place.with_name("mirrored.png"))
    stripes = np.full((64, 64, 3), (40, 180, 60), np.uint8)
    stripes[::4] = (10, 10, 250)
    for i in range(6):
        Image.fromarray(stripes).save(place.with_name(f"foreign-{i}.png"))
    return folder


def test_foreign_repeats_are_left_out_and_copies_share_a_group(folder, capsys):
    audited = audit_first(import_samples((folder,)), Budget(1000))
    frame = audited.samples.frame
    left_out = frame.filter(pl.col("excluded_because").is_not_null())
    assert {path.rpartition("/")[2][:7] for path in left_out["path"]} == {"foreign"}
    assert len(left_out) == 6
    assert left_out["excluded_because"][0].startswith("audit: one of 6 identical images")
    assert "6 foreign pictures are left out" in capsys.readouterr().out
    mirrored = frame.filter(pl.col("path").str.ends_with("mirrored.png"))
    of = frame.filter(pl.col("path").str.ends_with("/000.png"))
    assert mirrored["group"][0] == of["group"][0]


def test_what_the_budget_does_not_allow_is_said(folder, capsys):
    audited = audit_first(import_samples((folder,)), Budget(0.01))
    said = capsys.readouterr().out
    assert "leaves out, for want of time: outliers, shortcuts, quality, labels, map" in said
    names = {finding.name for finding in audited.findings}
    assert {"near_copy", "leak", "repeat", "balance"} <= names
    assert "outlier" not in names


def test_run_keeps_the_audit_beside_its_report(folder, tmp_path):
    out = tmp_path / "run"
    given = ["--weights", "none", "--budget", "6s", "--out", str(out)]
    assert main(["run", str(folder), *given, "--around-cell", "0.8"]) == 0
    assert open_run(out).facts["settings"]["resolved"]["images"]["around_cell"] == 0.8
    assert (out / "audit.html").stat().st_size > 10_000
    assert (out / "report.html").is_file()
    table = read_samples(out / "samples.parquet")
    assert [step["step"] for step in table.steps if step["step"] in ("audit", "split")] == [
        "audit",
        "split",
    ]
    assert table.frame["copy_cluster"].count() >= 2
