"""A store is whole or not there, shared, and never gives one image the pixels of another."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.batches import store as store_module
from buffycoat.batches.cache import stores_root
from buffycoat.batches.store import Store, open_store, store_bytes
from buffycoat.errors import BuffycoatWarning, DiskError
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.measure import measure_images
from buffycoat.images.read import read_image
from buffycoat.tables.samples import SampleTable, check_samples, write_samples

SETTINGS = ImageSettings((16, 24), "pad")


def draw(root: Path, n: int = 30) -> SampleTable:
    """A table of `n` noisy images, a copy of the third, one broken file and one excluded row."""
    root.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(1).integers(0, 256, (n, 20, 20, 3), np.uint8)
    for i, pixels in enumerate(noise):
        Image.fromarray(pixels).save(root / f"{i}.png")
    shutil.copy(root / "2.png", root / "copy.png")
    (root / "broken.png").write_bytes(b"nothing")
    paths = [*(f"{i}.png" for i in range(n)), "copy.png", "broken.png"]
    frame = measure_images(root, pl.DataFrame({"sample_id": paths, "path": paths, "label": "a"}))
    why = pl.when(pl.col("path") == "5.png").then(pl.lit("blurred"))
    frame = frame.with_columns(pl.coalesce(why, "excluded_because").alias("excluded_because"))
    return check_samples(SampleTable(frame, root, ("a",)))


@pytest.fixture
def table(tmp_path: Path) -> SampleTable:
    return draw(tmp_path / "images")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def assert_whole(store: Store, table: SampleTable) -> None:
    """Every row has the pixels of its own file."""
    for row, path in zip(store.rows_of(table.frame), table.frame["path"], strict=True):
        if path == "broken.png":
            assert row == -1
        else:
            expected = fit_image(read_image(table.root / path), SETTINGS)
            np.testing.assert_array_equal(store.pixels[row], expected)


def inode(store: Store) -> int:
    return (store.path / "pixels.bin").stat().st_ino


def test_every_row_gets_its_own_pixels(table, cache):
    seen: list[tuple[int, int]] = []
    store = open_store(table, SETTINGS, cache=cache, on_progress=lambda *done: seen.append(done))
    assert_whole(store, table)
    assert seen[-1] == (30, 30)
    assert [done for done, _ in seen] == list(range(1, 31))
    assert store.pixels.shape == (30, 16, 24, 3)
    assert not store.pixels.flags.writeable
    assert store.failures == {}
    assert store.n_bytes > 30 * 16 * 24 * 3
    rows = store.rows_of(table.frame)
    assert rows.dtype == np.int64
    assert rows[2] == rows[30]  # the copy
    assert [path.name for path in stores_root(cache).iterdir()] == [store.path.name]


def test_the_second_time_nothing_is_decoded(table, cache, monkeypatch):
    first = open_store(table, SETTINGS, cache=cache)
    monkeypatch.setattr(store_module, "write_store", None)
    assert_whole(open_store(table, SETTINGS, cache=cache), table)
    later = table.frame.reverse().with_columns(
        split=pl.lit("test"), excluded_because=pl.lit("all"), label=pl.lit(None)
    )
    again = open_store(replace(table, frame=later), SETTINGS, cache=cache)
    assert again.path == first.path
    assert_whole(again, replace(table, frame=later))


def test_other_images_sizes_and_fits_have_other_stores(table, cache):
    few = replace(table, frame=table.frame.head(9))
    paths = {
        open_store(few, ImageSettings(px, fit), cache=cache).path
        for px in ((16, 24), (24, 16))
        for fit in ("crop", "pad", "squash")
    }
    paths.add(open_store(replace(table, frame=table.frame.head(8)), SETTINGS, cache=cache).path)
    assert len(paths) == 7


def test_a_table_without_images(table, cache):
    none = replace(table, frame=table.frame.with_columns(pixels_sha256=pl.lit(None, pl.String)))
    for _ in range(2):
        store = open_store(none, SETTINGS, cache=cache)
        assert store.pixels.shape == (0, 16, 24, 3)
        assert (store.rows_of(none.frame) == -1).all()


def spoil(path: Path, how: str) -> None:
    if how == "removed":
        path.unlink()
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 255
        path.write_bytes(data)


@pytest.mark.parametrize("name", ["pixels.bin", "index.parquet", "store.json"])
@pytest.mark.parametrize("how", ["removed", "cut", "altered"])
def test_a_damaged_store_is_written_again(table, cache, name, how):
    few = replace(table, frame=table.frame.head(9))
    store = open_store(few, SETTINGS, cache=cache)
    spoil(store.path / name, how)
    with pytest.warns(BuffycoatWarning, match="is written again: "):
        again = open_store(few, SETTINGS, cache=cache)
    assert_whole(again, few)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        open_store(few, SETTINGS, cache=cache)


def test_images_that_changed_or_vanished_get_a_reason_not_other_pixels(table, cache):
    Image.new("RGB", (20, 20)).save(table.root / "4.png")
    (table.root / "7.png").unlink()
    (table.root / "2.png").write_bytes(b"broken")  # its copy is still there
    with pytest.warns(BuffycoatWarning, match="2 images changed or vanished"):
        store = open_store(table, SETTINGS, cache=cache)
    rows = store.rows_of(table.frame)
    hashes = table.frame["pixels_sha256"]
    assert np.flatnonzero(rows == -1).tolist() == [4, 7, 31]
    assert store.failures == {
        hashes[4]: "its pixels changed since the import: import again",
        hashes[7]: "the file is missing",
    }
    copy = fit_image(read_image(table.root / "copy.png"), SETTINGS)
    np.testing.assert_array_equal(store.pixels[rows[2]], copy)


def test_an_image_that_is_there_again_is_taken(table, cache):
    away = table.root / "away"
    (table.root / "7.png").rename(away)
    with pytest.warns(BuffycoatWarning, match="1 images"):
        first = inode(open_store(table, SETTINGS, cache=cache))
    with pytest.warns(BuffycoatWarning, match="1 images"):
        assert inode(open_store(table, SETTINGS, cache=cache)) == first
    away.rename(table.root / "7.png")
    with pytest.warns(BuffycoatWarning, match="there again"):
        assert_whole(open_store(table, SETTINGS, cache=cache), table)


def test_what_it_needs_is_said_and_checked(table, cache, monkeypatch):
    assert 30 * 16 * 24 * 3 < store_bytes(table, SETTINGS) < 30 * 16 * 24 * 3 * 1.2
    usage = shutil.disk_usage("/")._replace(free=2_500_000)
    monkeypatch.setattr(store_module.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DiskError, match=r"needs 5\.9 MB .*cache.*2\.5 MB .*BUFFYCOAT_CACHE"):
        open_store(table, ImageSettings((256, 256)), cache=cache)
    assert list(stores_root(cache).iterdir()) == []


def test_a_cache_that_is_a_file(table, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DiskError, match=r"cannot be written .*set BUFFYCOAT_CACHE"):
        open_store(table, SETTINGS, cache=tmp_path / "file")


def test_an_interrupted_writer_leaves_nothing(table, cache):
    def interrupt(done: int, n_all: int) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_store(table, SETTINGS, cache=cache, on_progress=interrupt)
    assert list(stores_root(cache).iterdir()) == []


WRITER = """
import sys, time, warnings
from pathlib import Path
from buffycoat.batches.store import open_store
from buffycoat.images.fit import ImageSettings
from buffycoat.tables.samples import read_samples
warnings.simplefilter("ignore")
table, cache, delay = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
def slowly(done, n_all):
    print(done, flush=True)
    time.sleep(delay)
store = open_store(
    read_samples(table), ImageSettings((16, 24), "pad"), cache=cache, on_progress=slowly
)
print("rows", int((store.rows_of(read_samples(table).frame) >= 0).sum()))
"""


def writer(table: SampleTable, cache: Path, delay: float) -> subprocess.Popen[str]:
    path = write_samples(table, cache.parent / "samples.parquet")
    command = [sys.executable, "-c", WRITER, str(path), str(cache), str(delay)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_a_killed_writer_left_is_removed_by_the_next(table, cache):
    process = writer(table, cache, 0.5)
    assert process.stdout is not None
    process.stdout.readline()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a partial that is being written stays, and is no damage
        few = replace(table, frame=table.frame.head(5))
        open_store(few, SETTINGS, cache=cache)
    assert len(list(stores_root(cache).glob(".*.partial"))) == 1
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert_whole(open_store(table, SETTINGS, cache=cache), table)
    assert len([p for p in stores_root(cache).iterdir() if p.is_dir()]) == 2
    assert list(stores_root(cache).glob(".*.partial")) == []


def test_two_writers_at_once_both_end_right(table, cache):
    processes = [writer(table, cache, 0.03) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert [output[-1] for output in outputs] == ["31", "31"]
    assert sorted(len(output) for output in outputs) == [2, 32]  # the second one only waited
    assert_whole(open_store(table, SETTINGS, cache=cache), table)
    assert len(list(stores_root(cache).iterdir())) == 1


def test_two_writers_without_locks_both_end_right(table, cache, monkeypatch):
    """As on a network disk that knows none: the slower one keeps what the faster one wrote."""
    real, nested = store_module.write_store, []

    def write(*args: object) -> None:
        if not nested:
            nested.append(1)
            open_store(table, SETTINGS, cache=cache)
        real(*args)

    monkeypatch.setattr("buffycoat.batches.store_lock._lock", lambda *_: False)
    monkeypatch.setattr(store_module, "write_store", write)
    assert_whole(open_store(table, SETTINGS, cache=cache), table)
    assert len([p for p in stores_root(cache).iterdir() if p.is_dir()]) == 1


def test_a_store_stays_readable_while_it_is_removed(table, cache):
    store = open_store(table, SETTINGS, cache=cache)
    shutil.rmtree(store.path)
    assert_whole(store, table)


def test_when_it_was_used_last_is_noted(table, cache):
    store = open_store(table, SETTINGS, cache=cache)
    os.utime(store.path / "store.json", (0, 0))
    open_store(table, SETTINGS, cache=cache)
    assert time.time() - (store.path / "store.json").stat().st_mtime < 60
