"""Large arrays: in a file without a name, and equal to those in memory."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest

from buffycoat.curation.looks import large
from buffycoat.curation.looks.large import empty_array
from buffycoat.curation.looks.look import Look
from buffycoat.curation.looks.shelf import Shelf
from buffycoat.errors import DiskError


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_a_large_array_is_that_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: str
) -> None:
    look = Look("some", lambda image: image[0, 0, 0], (5,), dtype)
    values = np.arange(600 * 5).reshape(600, 5).astype(dtype)
    shelf = Shelf(look, tmp_path)
    for i in np.random.default_rng(0).permutation(600).tolist():
        shelf.add(str(i), values[i])
        if i % 7 == 0:
            shelf.write()
    shelf.write()
    rows = np.arange(0, 1200, 2)
    wanted, has = shelf.take([str(i) for i in range(600)], rows, 1200)
    monkeypatch.setattr(large, "IN_MEMORY", 1000)
    mapped, also = shelf.take([str(i) for i in range(600)], rows, 1200)
    assert isinstance(mapped, np.memmap)
    assert not isinstance(wanted, np.memmap)
    np.testing.assert_array_equal(mapped, wanted)
    np.testing.assert_array_equal(mapped[::2], values)
    np.testing.assert_array_equal(has, also)
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".npz"}


@pytest.mark.skipif(not Path("/proc/self/maps").is_file(), reason="needs /proc")
def test_the_file_goes_with_its_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "IN_MEMORY", 1000)
    found = empty_array((100, 100), "uint8", tmp_path)
    found[:] = 7
    assert str(tmp_path) in Path("/proc/self/maps").read_text()
    del found
    gc.collect()
    assert str(tmp_path) not in Path("/proc/self/maps").read_text()


def test_no_room_is_said(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match=r"has no room for .* GB that an audit needs"):
        empty_array((1 << 30, 1 << 30), "uint8", tmp_path)
