"""A full disk and an output that cannot be written: a sentence, and nothing left half."""

import errno
import os
import shutil
import subprocess
from collections import namedtuple
from pathlib import Path

import pytest

from buffycoat.batches import store_writer

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def disk(tmp_path):
    """Mount a small file system of its own, where this is allowed."""
    mounted = []

    def disk(options):
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("mounting a file system is not allowed here")
        mounted.append(place)
        return place

    yield disk
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BUFFYCOAT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def names_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_too_little_room_for_the_store_is_said_before_it_starts(
    table, small, tmp_path, empty_cache, monkeypatch, assert_refused
):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2_000, 1_000, 1_000))
    said = ["the image store needs 0.5 MB", "0.0 MB are free", "BUFFYCOAT_CACHE", "cache --clear"]
    assert_refused("train", table, *small, "--out", tmp_path / "r", saying=said)
    assert not (tmp_path / "r").exists()
    assert not [name for name in names_in(empty_cache) if "partial" in name or ".u8" in name]


def test_a_disk_that_fills_while_the_store_is_written(
    table, small, tmp_path, empty_cache, monkeypatch, assert_refused, goes_on
):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(store_writer, "crc32", full)
        said = ["cannot be written", str(empty_cache), "No space left", "cache --clear"]
        assert_refused("train", table, *small, "--out", tmp_path / "r", saying=said)
    assert names_in(empty_cache) == ["stores"]
    assert not (tmp_path / "r").exists()
    goes_on("train", table, *small, "--out", tmp_path / "r")


def test_a_full_disk_whoever_writes(table, trained, cells, disk, tmp_path, assert_refused):
    place = disk("size=4k")
    full = ["the disk is full", "was not written", "free some space"]
    assert_refused("import", cells, "--out", place / "s.parquet", saying=["s.parquet", *full])
    assert_refused("import", cells, "--out", place / "s.csv", saying=["s.csv", *full])
    assert_refused("predict", trained, cells, "--out", place / "p.csv", saying=["p.csv", *full])
    assert_refused(
        "predict", trained, cells, "--out", place / "p.parquet", saying=["p.parquet", *full]
    )
    assert_refused("embed", trained, table, "--out", place / "f.npy", saying=["f.npy", *full])
    assert_refused("evaluate", trained, "--out", place / "r.html", saying=["r.html", *full])
    assert_refused("report", trained, "--out", place / "r.json", saying=["r.json", *full])
    assert names_in(place) == []


@pytest.mark.parametrize("size", ["8k", "48k", "400k", "1500k"])
def test_a_disk_that_fills_during_a_training(size, table, small, disk, call):
    place = disk(f"size={size}")
    train = ("train", table, *small, "--out", place / "r")
    answer = call(*train)
    assert answer.code == 2
    assert "the disk is full" in answer.err
    assert str(place / "r") in answer.err
    assert not [name for name in names_in(place) if "partial" in name or ".tmp" in name]
    is_begun = (place / "r").exists()
    subprocess.run(["mount", "-o", "remount,size=50m", str(place)], check=True)
    if is_begun:
        assert "go on with --resume" in call(*train).err
    assert call(*train, *(["--resume"] if is_begun else [])).code == 0


def test_a_disk_that_can_only_be_read(table, trained, cells, small, disk, assert_refused):
    place = disk("size=4k,ro")
    said = ["no permission to write", str(place), "choose another place with --out"]
    assert_refused("import", cells, "--out", place / "s.parquet", saying=said)
    assert_refused("split", table, "--out", place / "s.parquet", saying=said)
    assert_refused("train", table, *small, "--out", place / "r", saying=said)
    assert_refused("predict", trained, cells, "--out", place / "p.csv", saying=said)
    assert_refused("embed", trained, table, "--out", place / "f.npy", saying=said)
    assert_refused("evaluate", trained, "--out", place / "r.html", saying=said)
    assert_refused("report", trained, "--out", place / "r.json", saying=said)


def test_an_output_that_cannot_be_written_is_refused_before_the_work(
    cells, table, trained, tmp_path, monkeypatch, assert_refused
):
    def forbidden(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "touch", forbidden)
    said = ["no permission to write", "choose another place with --out"]
    makers = (("import", cells), ("split", table), ("predict", trained, cells))
    for command in (*makers, ("evaluate", trained), ("report", trained)):
        answer = assert_refused(*command, "--out", tmp_path / "x.csv", saying=["x.csv", *said])
        assert not answer.out


def test_an_output_below_a_file_or_where_a_folder_is(
    cells, table, trained, small, tmp_path, assert_refused
):
    below = tmp_path / "file" / "x.csv"
    (tmp_path / "file").write_text("")
    said = [str(below), "a part of its path is a file, not a folder"]
    assert_refused("import", cells, "--out", below, saying=said)
    assert_refused("split", table, "--out", below, saying=said)
    assert_refused("train", table, *small, "--out", below, saying=said)
    assert_refused("predict", trained, cells, "--out", below, saying=said)
    assert_refused("evaluate", trained, "--out", below, saying=said)
    assert_refused(
        "import", cells, "--out", tmp_path, saying=[str(tmp_path), "it is a folder; name"]
    )
    assert_refused(
        "evaluate", trained, "--out", tmp_path, saying=[str(tmp_path), "it is a folder; name"]
    )
    long = tmp_path / f"{'x' * 300}.csv"
    assert_refused(
        "import", cells, "--out", long, saying=["its name is too long; choose a shorter"]
    )
    assert names_in(tmp_path) == ["file"]


def test_a_table_of_another_kind_is_refused_before_the_work(tmp_path, assert_refused):
    decisions, other = tmp_path / "d.csv", tmp_path / "answers.xlsx"
    decisions.write_text("sample_id,decision\n")
    said = [f"{other} is no name for a table", ".parquet, which keeps all", "or in .csv"]
    missing = tmp_path / "nothing"  # that it is missing would be said, had work begun
    for command in (
        ("import", missing),
        ("fetch", "pbc", "--from", missing),
        ("audit", missing),
        ("exclude", missing, decisions),
        ("split", missing),
        ("standardise", missing),
        ("predict", missing, missing),
        ("ensemble", missing, missing),
    ):
        assert_refused(*command, "--out", other, saying=said)
        assert_refused(*command, "--out", tmp_path, saying=["it is a folder; name a file"])
    assert names_in(tmp_path) == ["d.csv"]


def test_the_folder_one_is_in_is_no_file_to_write(
    table, trained, tmp_path, monkeypatch, assert_refused
):
    monkeypatch.chdir(tmp_path)
    said = ["it is a folder; name a file"]
    pages = (("evaluate", trained), ("robustness", trained), ("crosslab", trained, "--on", table))
    for command in (("split", table), *pages):
        answer = assert_refused(*command, "--out", ".", saying=said)
        assert not answer.out


def test_a_cache_that_cannot_be_written(table, small, tmp_path, monkeypatch, assert_refused):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BUFFYCOAT_CACHE", str(tmp_path / "file"))
    said = ["the image store cannot be written", str(tmp_path / "file"), "BUFFYCOAT_CACHE"]
    assert_refused("train", table, *small, "--out", tmp_path / "r", saying=said)
    assert not (tmp_path / "r").exists()
