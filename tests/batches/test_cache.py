"""The cache is found, listed and cleared, and nothing but stores is ever removed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from buffycoat.batches.cache import clear_cache, list_stores, stores_root
from buffycoat.batches.store import Store, open_store
from buffycoat.errors import UnknownNameError
from buffycoat.images.cache import cache_root
from buffycoat.images.fit import Fit, ImageSettings
from buffycoat.images.measure import measure_images
from buffycoat.tables.samples import SampleTable, check_samples


@pytest.fixture
def table(tmp_path: Path) -> SampleTable:
    images = np.random.default_rng(1).integers(0, 256, (4, 20, 20, 3), np.uint8)
    np.savez(tmp_path / "a.npz", images=images)
    frame = pl.DataFrame(
        {"sample_id": list("abcd"), "path": "a.npz/images", "item": range(4), "label": "x"}
    )
    return check_samples(SampleTable(measure_images(tmp_path, frame), tmp_path, ("x",)))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def written(table: SampleTable, cache: Path, fit: Fit) -> Store:
    return open_store(table, ImageSettings((8, 9), fit), cache=cache)


def test_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("BUFFYCOAT_CACHE", "")
    assert cache_root() == tmp_path / ".cache" / "buffycoat"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored, says its specification
    assert cache_root() == tmp_path / ".cache" / "buffycoat"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_root() == tmp_path / "xdg" / "buffycoat"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_root() == tmp_path / "Library" / "Caches" / "buffycoat"
    monkeypatch.setenv("BUFFYCOAT_CACHE", "~/mine")
    assert cache_root() == tmp_path / "mine"


def test_open_store_uses_it(monkeypatch, tmp_path, table):
    monkeypatch.setenv("BUFFYCOAT_CACHE", str(tmp_path / "given"))
    store = open_store(table, ImageSettings())
    assert store.path.parent == tmp_path / "given" / "stores"
    assert [entry.path for entry in list_stores()] == [store.path]


def test_listing(table, cache):
    assert list_stores(cache) == []
    old, new = written(table, cache, "pad"), written(table, cache, "crop")
    os.utime(old.path / "store.json", (0, 0))
    entries = list_stores(cache)
    assert [entry.name for entry in entries] == [new.path.name, old.path.name]
    assert entries[0].n_images == 4
    assert entries[0].image_px == (8, 9)
    assert entries[0].fit == "crop"
    assert entries[0].n_bytes == new.n_bytes == sum(p.stat().st_size for p in new.path.iterdir())
    assert entries[1].last_used.timestamp() == 0


def test_clearing_all_and_one(table, cache):
    first, second = written(table, cache, "pad"), written(table, cache, "crop")
    assert clear_cache([first.path.name], cache=cache) == first.n_bytes
    assert not first.path.exists()
    with pytest.raises(UnknownNameError, match="no store named 'x'"):
        clear_cache(["x"], cache=cache)
    assert clear_cache(cache=cache) == second.n_bytes
    assert clear_cache(cache=cache) == 0
    assert list(stores_root(cache).iterdir()) == []


def test_nothing_else_is_removed(table, cache, tmp_path):
    store = written(table, cache, "pad")
    stores = stores_root(cache)
    mine = tmp_path / "mine"
    mine.mkdir()
    kept = [
        store.path / "notes.txt",
        stores / "thesis" / "store.json",
        stores / "thesis" / "pixels.bin",
        stores / ("0" * 32) / "store.json",
        stores / ".config.partial.txt",
        cache / "pixels.bin",
        mine / "pixels.bin",
    ]
    for path in kept:
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    copied = stores / "renamed"  # a whole store under another name is somebody's copy
    copied.mkdir()
    for path in store.path.iterdir():
        (copied / path.name).write_bytes(path.read_bytes())
    kept += list(copied.iterdir())
    (stores / "link").symlink_to(mine)
    (stores / ".link.x.partial").symlink_to(mine)
    clear_cache(cache=cache)
    assert all(path.is_file() for path in kept)
    assert [path.name for path in store.path.iterdir()] == ["notes.txt"]


def test_what_an_interrupted_writer_left_is_removed(cache):
    partial = stores_root(cache) / ".abc.123.partial"
    partial.mkdir(parents=True)
    (partial / "pixels.bin").write_bytes(b"12345")
    assert clear_cache(cache=cache) == 5
    assert list(stores_root(cache).iterdir()) == []
