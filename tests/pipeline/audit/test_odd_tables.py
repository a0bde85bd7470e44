"""`buffycoat audit` of tables that are small, damaged, half known, or audited before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.cli import main
from buffycoat.pipeline.audit.settings import AuditSettings
from buffycoat.pipeline.auditing import audit_samples
from buffycoat.pipeline.importing import import_samples
from buffycoat.tables.samples import read_samples, write_samples

FAST = ("--skip", "quality", "outliers", "shortcuts", "map")


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """Twelve noisy images of two classes; b/11 is b/10 turned."""
    folder, rng = tmp_path_factory.mktemp("odd") / "cells", np.random.default_rng(0)
    for i in range(11):
        place = folder / "ab"[i // 6] / f"{i:02}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        noise = rng.integers(0, 255, (12, 12, 3), dtype=np.uint8)
        image = Image.fromarray(noise).resize((96, 96), Image.Resampling.BICUBIC)
        image.save(place)
    image.rotate(30).save(folder / "b" / "11.png")
    return import_samples((folder,))


def audited(samples, tmp_path, frame, *arguments):
    write_samples(replace(samples, frame=frame), tmp_path / "t.parquet")
    return main(["audit", str(tmp_path / "t.parquet"), *map(str, arguments)])


@pytest.mark.parametrize("n", [1, 2, 6])
def test_few_images_are_audited_and_decided_on(samples, tmp_path, n):
    out = ["--decisions", tmp_path / "d.csv", "--out", tmp_path / "a.parquet"]
    assert audited(samples, tmp_path, samples.frame.head(n), *out) == 0
    assert (tmp_path / "d.csv").read_text().splitlines()[
        0
    ] == "sample_id,decision,label,reason,because"
    assert main(["exclude", str(tmp_path / "a.parquet"), str(tmp_path / "d.csv")]) == 0


def test_images_that_are_gone_are_said(samples, tmp_path, capsys):
    some = pl.int_range(pl.len()) < 2
    gone = samples.frame.with_columns(
        path=pl.when(some).then(pl.lit("gone.png")).otherwise("path"),
        pixels_sha256=pl.when(some).then(pl.col("sample_id")).otherwise("pixels_sha256"),
    )
    assert audited(samples, tmp_path, gone, *FAST) == 0
    said = "warning: 2 of 12 images of the table cannot be read and are not looked at; the first is"
    assert f"{said} a/00.png" in capsys.readouterr().err
    assert audited(samples, tmp_path, gone.head(2), *FAST) == 2
    assert "2 of 2 images of the table cannot be read" in capsys.readouterr().err


def test_clusters_that_the_source_gave_are_kept_beside_those_found(samples, tmp_path):
    known = pl.when(pl.int_range(pl.len()).is_in([0, 10])).then(pl.lit("photo 7"))
    frame = samples.frame.with_columns(copy_cluster=known)
    audited(samples, tmp_path, frame, *FAST, "--out", tmp_path / "1.parquet")
    for once, again in ("12", "23"):
        table = [str(tmp_path / f"{name}.parquet") for name in (once, again)]
        assert main(["audit", table[0], "--out", table[1], *FAST]) == 0
    first, third = (read_samples(tmp_path / f"{name}.parquet") for name in "13")
    assert first.frame.equals(third.frame.select(first.frame.columns))
    assert third.group_columns == ("copy_cluster", "copy_cluster_given", "field_cluster")
    assert third.frame["copy_cluster"].drop_nulls().to_list() == ["b/10.png"] * 2
    assert third.frame["copy_cluster_given"].drop_nulls().to_list() == ["photo 7"] * 2
    together = (
        third.frame.group_by("group").agg("sample_id").filter(pl.col("sample_id").list.len() > 1)
    )
    assert [sorted(ids) for ids in together["sample_id"]] == [["a/00.png", "b/10.png", "b/11.png"]]


def test_clusters_of_an_earlier_audit_are_found_anew_or_left(samples):
    skip = ("quality", "outliers", "shortcuts", "labels", "map")
    once = audit_samples(samples, settings=AuditSettings(skip=skip))
    assert once.group_columns == ("copy_cluster", "field_cluster")
    left = audit_samples(once, settings=AuditSettings(skip=(*skip, "copies")))
    assert left.frame.select("group", "copy_cluster").equals(
        once.frame.select("group", "copy_cluster")
    )
    out = pl.when(pl.col("sample_id") == "b/11.png").then(pl.lit("by hand"))
    less = replace(once, frame=once.frame.with_columns(excluded_because=out))
    anew = audit_samples(less, settings=AuditSettings(skip=skip))
    assert anew.group_columns == ()
    assert anew.frame["copy_cluster"].null_count() == 12
    assert anew.frame["group"].n_unique() == 12


def test_what_an_earlier_audit_found_gives_way_to_nothing(samples, tmp_path):
    parts = pl.Series(["train", "test"] * 6)
    split = samples.frame.with_columns(split=parts)
    audited(samples, tmp_path, split, *FAST, "--out", tmp_path / "a.parquet")
    once = read_samples(tmp_path / "a.parquet")
    assert {"is_leak", "is_near_copy"} <= set(once.frame.columns)
    unsplit = replace(once, frame=once.frame.with_columns(split=pl.lit(None, pl.String)))
    again = audit_samples(unsplit)
    assert "is_leak" not in again.frame.columns
    assert "is_near_copy" in again.frame.columns


def test_an_older_set_that_cannot_be_seen_is_no_proof(samples, tmp_path, capsys):
    hashes = {"path": pl.lit("gone.png"), "pixels_sha256": pl.col("sample_id")}
    gone = replace(samples, frame=samples.frame.with_columns(**hashes))
    out = replace(samples, frame=samples.frame.with_columns(excluded_because=pl.lit("by hand")))
    none = replace(samples, frame=samples.frame.head(0))
    for older, said in (
        (gone, "12 of 12 images of the older table cannot be read"),
        (out, "every row of the older table is excluded"),
        (none, "the older table has no rows"),
    ):
        write_samples(older, tmp_path / "old.parquet")
        assert audited(samples, tmp_path, samples.frame, "--against", tmp_path / "old.parquet") == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.full((12, 2), "a"), "holds <U1 in 2 columns"),
        (np.zeros((12, 0)), "in 0 columns"),
        (np.zeros((11, 2)), "has shape (11, 2) and the table 12 rows"),
    ],
)
def test_what_are_no_features_is_said(samples, tmp_path, capsys, array, said):
    np.save(tmp_path / "e.npy", array)
    assert audited(samples, tmp_path, samples.frame, "--embeddings", tmp_path / "e.npy") == 2
    assert said in capsys.readouterr().err


def test_answers_without_probabilities_judge_no_label(samples, tmp_path, capsys):
    answers = samples.frame.select("sample_id", "label", predicted="label", split=pl.lit("test"))
    answers.write_csv(tmp_path / "p.csv")
    assert audited(samples, tmp_path, samples.frame, "--predictions", tmp_path / "p.csv") == 2
    assert "answers without probabilities" in capsys.readouterr().err


def test_a_cache_that_cannot_be_written_is_said(samples, tmp_path, capsys, monkeypatch):
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setenv("BUFFYCOAT_CACHE", str(tmp_path / "cache"))
    assert audited(samples, tmp_path, samples.frame, *FAST) == 2
    said = capsys.readouterr().err
    assert "a part of its path is a file" in said
    assert "set BUFFYCOAT_CACHE to a folder with room" in said


def test_a_copy_that_is_brought_back_has_to_be_audited(samples, tmp_path, capsys):
    for decision in ("exclude", "keep"):
        lines = f"sample_id,decision\nb/11.png,{decision}\n"
        (tmp_path / f"{decision}.csv").write_text(lines)
    audited(samples, tmp_path, samples.frame, *FAST, "--out", tmp_path / "1.parquet")
    told = []
    for table, decision in (("1", "exclude"), ("2", "keep"), ("3", "keep")):
        given = [str(tmp_path / f"{table}.parquet"), str(tmp_path / f"{decision}.csv")]
        kept = tmp_path / f"{table}k.parquet"
        assert main(["exclude", *given, "--out", str(kept)]) == 0
        told.append("audit the table before you split it" in capsys.readouterr().err)
        audit = [str(kept), "--out", str(tmp_path / f"{int(table) + 1}.parquet"), *FAST]
        assert main(["audit", *audit]) == 0
    assert told == [False, True, False]
    last = read_samples(tmp_path / "4.parquet")
    assert last.frame["copy_cluster"].drop_nulls().to_list() == ["b/10.png"] * 2


@pytest.mark.parametrize(
    "names", [("--report", "t.parquet"), ("--out", "x", "--decisions", "x")], ids=["input", "twice"]
)
def test_no_file_is_written_over_another(samples, tmp_path, capsys, names):
    given = [name if name.startswith("--") else tmp_path / name for name in names]
    assert audited(samples, tmp_path, samples.frame, *FAST, *given) == 2
    assert "is named for two things" in capsys.readouterr().err
    assert read_samples(tmp_path / "t.parquet").frame.equals(samples.frame)
