"""`buffycoat audit` through the command line, on images with known faults."""

import numpy as np
import polars as pl
import pytest
from PIL import Image, ImageFilter

from buffycoat.cli import main
from buffycoat.tables.samples import data_hash, read_samples, write_samples


@pytest.fixture(scope="module")
def table(cells, tmp_path_factory):
    """Twenty drawn cells, some of them spoilt, and a file that is no image."""
    folder = tmp_path_factory.mktemp("audit")
    for i, file in enumerate(sorted(cells.rglob("*.png"))[:20]):
        place = folder / "cells" / "ab"[i % 2] / f"{i:02}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        image = Image.open(file).convert("RGB").resize((64, 64), Image.Resampling.BICUBIC)
        spoilt(i, image).save(place)
    (folder / "cells" / "a" / "broken.png").write_bytes(b"no image")
    assert main(["import", str(folder / "cells"), "--out", str(folder / "s.parquet")]) == 0
    return folder / "s.parquet"


def spoilt(i, image):
    if i == 0:
        return image.filter(ImageFilter.GaussianBlur(9))
    if i == 1:
        return image.convert("L")
    if i == 2:
        return image.resize((160, 160))
    if i == 3:
        pixels = np.array(image)
        pixels[:, :8] = 0
        return Image.fromarray(pixels)
    if i == 4:
        return Image.new("RGB", (64, 64), (240, 240, 240))
    return image


def audit(*arguments):
    return main(["audit", *map(str, arguments)])


def test_faults_are_flagged_and_nothing_is_excluded(table, tmp_path, capsys):
    assert audit(table, "--out", tmp_path / "a.parquet") == 0
    said = capsys.readouterr().out
    before, after = read_samples(table), read_samples(tmp_path / "a.parquet")
    flagged = {
        name.removeprefix("is_"): after.frame.filter(pl.col(name))["sample_id"].to_list()
        for name in after.frame.columns
        if name.startswith("is_")
    }
    assert "a/00.png" in flagged["blurred"]
    assert flagged["greyscale"] == ["a/04.png", "b/01.png"]
    assert flagged["odd_size"] == ["a/02.png"]
    assert flagged["black_border"] == ["b/03.png"]
    assert flagged["uniform"] == ["a/04.png"]
    assert "none is excluded (1 that were excluded before were not looked at)" in said
    assert data_hash(before) == data_hash(after)


def test_an_unreadable_image_has_neither_score_nor_flag(table, tmp_path):
    audit(table, "--out", tmp_path / "a.parquet", "--check", "blurred", "odd_size")
    row = read_samples(tmp_path / "a.parquet").frame.row(
        by_predicate=pl.col("sample_id") == "a/broken.png", named=True
    )
    assert [row[f"{name}_score"] for name in ("blurred", "odd_size")] == [None] * 2
    assert [row[f"is_{name}"] for name in ("blurred", "odd_size")] == [None] * 2


def test_limits_can_be_given_and_are_remembered(table, tmp_path, capsys):
    choice = '{name = "dark_or_bright", low = 0.91}'
    assert audit(table, "--out", tmp_path / "a.parquet", "--check", choice) == 0
    assert "that is how these images are" in capsys.readouterr().out
    step = read_samples(tmp_path / "a.parquet").steps[-1]
    assert step["step"] == "audit"
    assert step["findings"]["dark_or_bright"]["low"] == 0.91
    assert step["findings"]["dark_or_bright"]["n_checked"] == 20
    assert step["findings"]["dark_or_bright"]["n_flagged"] > 10


def test_auditing_again_replaces_the_columns(table, tmp_path):
    audit(table, "--out", tmp_path / "a.parquet")
    audit(tmp_path / "a.parquet", "--out", tmp_path / "b.parquet")
    once, again = (read_samples(tmp_path / f"{n}.parquet") for n in "ab")
    assert once.frame.equals(again.frame)


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        (["blured"], "did you mean: blurred"),
        (["blurred", "blurred"], "check 'blurred' is named twice"),
        (['{name = "blurred", high = -1.0}'], "nothing lies between"),
        (["blurred", "--skip", "quality"], "are part of quality: do not skip that"),
    ],
)
def test_mistakes_are_said(table, capsys, checks, said):
    assert audit(table, "--check", *checks) == 2
    assert said in capsys.readouterr().err


def test_what_was_excluded_does_not_count_for_what_is_usual(table, tmp_path):
    samples = read_samples(table)
    wide = samples.frame["width_px"].cast(float).fill_null(0) * 0 + 640
    most = pl.int_range(pl.len()) < 15
    frame = samples.frame.with_columns(
        pl.when(most).then(wide.cast(int)).otherwise("width_px").alias("width_px"),
        pl.when(most)
        .then(pl.lit("a field"))
        .otherwise("excluded_because")
        .alias("excluded_because"),
    )
    write_samples(samples.stepped("x", frame), tmp_path / "t.parquet")
    audit(tmp_path / "t.parquet", "--check", "odd_aspect", "--out", tmp_path / "a.parquet")
    flags = read_samples(tmp_path / "a.parquet").frame["is_odd_aspect"]
    assert flags[:15].null_count() == 15
    assert flags.sum() == 0
