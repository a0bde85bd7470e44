"""Estimates become columns of the table: by set, by image, and once more without harm."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image

from buffycoat.augmentations.policies import build_policy
from buffycoat.errors import InputError, UnknownNameError
from buffycoat.images.measure import measure_images
from buffycoat.images.standards.columns import COLUMNS
from buffycoat.pipeline.standardising import estimate_set, standardise
from buffycoat.registry import Choice
from buffycoat.tables.samples import SampleTable, check_samples, read_samples, write_samples

WHITES = (240, 240, 200, 200)
NUCLEUS_LAB = (33.15, 34.26, -44.99)  # of (90, 60, 150), by kornia


@pytest.fixture
def table(tmp_path):
    noise = np.random.default_rng(0)
    for i, white in enumerate(WHITES):
        pixels = noise.normal(white, 1.5, (80, 80, 3)).round().clip(0, 255).astype(np.uint8)
        pixels[30:50, 30:50] = (90, 60, 150)
        Image.fromarray(pixels).save(tmp_path / f"{i}.png")
    rows = {"path": [f"{i}.png" for i in range(4)], "source": ["a", "a", "b", "b"]}
    frame = pl.DataFrame(rows).with_columns(sample_id="path", label=pl.lit("cell"))
    whole = check_samples(SampleTable(measure_images(tmp_path, frame), tmp_path, ("cell",)))
    return write_samples(whole, tmp_path / "samples.parquet")


def whites(found: SampleTable) -> list[float]:
    return [float(said.split()[0]) for said in found.frame["white_estimated"]]


def test_sets_and_images(table, tmp_path):
    out = tmp_path / "out.parquet"
    by_source = standardise((str(table),), out=out)
    np.testing.assert_allclose(whites(by_source), WHITES, atol=1)
    assert by_source.frame["nucleus_doubt"].null_count() == 0
    assert by_source.frame["um_per_px_doubt"].min() > 0.2  # nuclei alone
    kept = read_samples(out)
    assert kept.frame.drop(COLUMNS).equals(read_samples(table).frame)
    assert kept.steps[-1]["step"] == "standardise"
    again = standardise((str(out),), out=tmp_path / "again.parquet", by="image")
    assert again.frame.columns == by_source.frame.columns
    doubts = again.frame["white_doubt"].to_numpy()
    assert (doubts > by_source.frame["white_doubt"].to_numpy()).all()


def test_images_without_a_table_are_one_set(table, tmp_path):
    found = standardise((str(tmp_path / "*.png"),), out=tmp_path / "out.parquet")
    assert len(found.frame) == 4
    assert found.frame["white_estimated"].n_unique() == 1


def test_what_is_excluded_tells_nothing_and_gets_what_its_set_has(table, tmp_path):
    samples = read_samples(table)
    reason = pl.when(pl.col("path") == "1.png").then(pl.lit("out of focus"))
    Image.fromarray(np.full((80, 80, 3), 120, np.uint8)).save(tmp_path / "1.png")
    frame = samples.frame.with_columns(excluded_because=reason)
    path = write_samples(replace(samples, frame=frame), tmp_path / "excluded.parquet")
    found = standardise((str(path),), out=tmp_path / "out.parquet")
    np.testing.assert_allclose(whites(found), WHITES, atol=1)
    doubts = found.frame["white_doubt"].to_list()
    assert doubts[0] == doubts[1] > doubts[2]
    alone = standardise((str(path),), out=tmp_path / "alone.parquet", by="image").frame
    assert alone["white_estimated"].is_null().to_list() == [False, True, False, False]
    assert estimate_set(samples, frame).n_images == 3


def test_a_field_tells_where_one_of_its_cells_is_not_excluded(table, tmp_path):
    samples = read_samples(table)
    frame = samples.frame.with_columns(path=pl.lit("0.png"), box=pl.lit([10, 10, 60, 60]))
    reason = pl.when(pl.col("sample_id") != "3.png").then(pl.lit("no cell"))
    frame = frame.with_columns(reason.alias("excluded_because"), source=pl.lit("a"))
    path = write_samples(replace(samples, frame=frame), tmp_path / "boxes.parquet")
    found = standardise((str(path),), out=tmp_path / "out.parquet")
    np.testing.assert_allclose(whites(found), [WHITES[0]] * 4, atol=1)
    nothing = samples.frame.with_columns(excluded_because=pl.lit("no cell"))
    path = write_samples(replace(samples, frame=nothing), tmp_path / "no.parquet")
    with pytest.raises(InputError, match="that is not excluded"):
        standardise((str(path),), out=tmp_path / "out.parquet")


def test_the_colours_of_each_set_are_printed_as_a_policy_takes_them(table, tmp_path, capsys):
    samples = read_samples(table)
    left, top, right, bottom = 32, 32, 48, 48  # the nucleus alone, (90, 60, 150)
    frame = samples.frame.with_columns(box=pl.lit([left, top, right, bottom]))
    path = write_samples(replace(samples, frame=frame), tmp_path / "boxes.parquet")
    standardise((str(path),), out=tmp_path / "out.parquet")
    told = capsys.readouterr().out
    steps = re.findall(r"^  (\w): (\{.*\})$", told, re.MULTILINE)
    assert [name for name, _ in steps] == ["a", "b"]
    arguments = tomllib.loads(f"step = {steps[0][1]}")["step"]
    np.testing.assert_allclose(arguments["mean"], NUCLEUS_LAB, atol=0.1)
    np.testing.assert_allclose(arguments["spread"], 0, atol=0.1)
    policy = build_policy(Choice("chain", {"steps": [{**arguments, "low": 1.0}]}))
    images = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    moved = policy(images, torch.Generator().manual_seed(0))
    wanted = torch.tensor([90, 60, 150]).view(3, 1, 1).expand_as(moved[0]) / 255
    assert torch.allclose(moved[0], wanted, atol=0.01)


def test_mistakes(table, tmp_path):
    with pytest.raises(UnknownNameError, match="slide"):
        standardise((str(table),), out=tmp_path / "out.parquet", by="slid")
    with pytest.raises(UnknownNameError, match="no column of sets named 'box'"):
        standardise((str(table),), out=tmp_path / "out.parquet", by="box")
    for i in range(4):
        (tmp_path / f"{i}.png").unlink()
    with pytest.raises(InputError, match="no image can be read"):
        standardise((str(table),), out=tmp_path / "out.parquet")
