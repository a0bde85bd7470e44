"""Turn the rows of a sample frame into loads: a few adjacent rows of one file, read together."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import polars as pl

from buffycoat.errors import ImageError
from buffycoat.images.decode import decode_page, open_image
from buffycoat.images.npz import NpzImages, split_npz_path
from buffycoat.images.read import crop, open_file

__all__ = ["Load", "Loaded", "SourceFile", "plan_loads"]

_ROWS_PER_LOAD = 16  # the boxes of a field are cut from one decoding
_READ_WHOLE = 64 * 2**20  # bytes; larger files are decoded from the disk


@dataclass
class SourceFile:
    """A file that some of the rows lie in."""

    path: Path
    """Where it is."""
    data: bytes | None = None
    """Its bytes, where they were read whole."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _sha256: str | None = None

    def sha256(self) -> str | None:
        """SHA-256 of its bytes, computed once; None where they cannot be read.

        A pipe or a device is never read: its bytes may not end, or never come.
        """
        with self._lock:
            with contextlib.suppress(OSError):
                if self._sha256 is None and self.path.is_file():
                    self._sha256 = self._hashed()
            return self._sha256

    def _hashed(self) -> str:
        if self.data is not None:
            return hashlib.sha256(self.data).hexdigest()
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Loaded:
    """One row of the frame with its image."""

    row: int
    """Its number in the frame."""
    image: np.ndarray | ImageError
    """The sample as uint8 (H, W, 3), or why there is none."""
    file: SourceFile | None
    """The file it came from; None where the table's path leads out of the root."""


Load = Callable[[], list[Loaded]]
"""Decodes a few rows; may run on any thread."""


class _Row(NamedTuple):
    row: int
    path: str
    item: int | None
    box: list[int] | None


def plan_loads(root: Path, frame: pl.DataFrame) -> Generator[Load, None, None]:
    """The loads that give every row of a frame, in row order.

    Arrays in .npz files are read one after another by the iterator itself, as they come out of
    the archive; everything else happens when a load is called.

    Args:
        root: The folder that `path` is relative to.
        frame: The column `path`, and `item` and `box` where it has them.
    """
    with contextlib.ExitStack() as opened:
        arrays, file = _Arrays(frame, opened), None
        for path, rows in _runs(frame):
            try:
                place = _locate(root, path)
            except ImageError as error:
                yield partial(_failed, rows, error, None)
                continue
            npz = split_npz_path(place)
            if npz:
                yield partial(list, arrays.load(path, npz, rows))
                continue
            file = file if file and file.path == place else SourceFile(place)
            yield partial(_load_file, file, rows)


def _runs(frame: pl.DataFrame) -> Iterator[tuple[str, list[_Row]]]:
    """Adjacent rows of the same path, a few at a time."""
    missing = [pl.lit(None).alias(n) for n in ("item", "box") if n not in frame.columns]
    columns = frame.with_columns(missing).select("path", "item", "box")
    rows = (_Row(number, *values) for number, values in enumerate(columns.iter_rows()))
    for path, group in groupby(rows, key=lambda row: row.path):
        while run := list(islice(group, _ROWS_PER_LOAD)):
            yield path, run


def _locate(root: Path, path: str) -> Path:
    """Where a path of the table lies; links inside the root may lead on, the path itself not."""
    top = os.path.abspath(root)  # noqa: PTH100  (`Path.resolve` would follow links)
    place = Path(os.path.normpath(os.path.join(top, path or "")))  # noqa: PTH118
    if not path:
        raise ImageError("the path is empty")
    if not place.is_relative_to(top):
        raise ImageError("the path leads out of the root folder")
    return place


def _load_file(source: SourceFile, rows: list[_Row]) -> list[Loaded]:
    try:
        with open_file(source.path) as file:
            if os.fstat(file.fileno()).st_size > _READ_WHOLE:
                return list(_decoded(file, source, rows))
            source.data = file.read()
        return list(_decoded(io.BytesIO(source.data), source, rows))
    except OSError as error:
        return _failed(rows, ImageError(f"the file cannot be read ({error.strerror})"), source)
    except ImageError as error:
        return _failed(rows, error, source)


def _decoded(file: BinaryIO, source: SourceFile, rows: list[_Row]) -> Iterator[Loaded]:
    with open_image(file) as image:
        for item, group in groupby(rows, key=lambda row: row.item):
            whole = _or_error(partial(decode_page, image, item))
            for row in group:
                yield Loaded(row.row, _sample(whole, row), source)


def _sample(whole: np.ndarray | ImageError, row: _Row) -> np.ndarray | ImageError:
    return whole if isinstance(whole, ImageError) else _or_error(partial(crop, whole, row.box))


def _or_error(read: Callable[[], np.ndarray]) -> np.ndarray | ImageError:
    try:
        return read()
    except ImageError as error:
        return error


def _failed(rows: list[_Row], error: ImageError, source: SourceFile | None) -> list[Loaded]:
    return [Loaded(row.row, error, source) for row in rows]


class _Arrays:
    """The .npz arrays of a frame, each opened at its first row and closed after its last."""

    def __init__(self, frame: pl.DataFrame, opened: contextlib.ExitStack) -> None:
        self._frame, self._opened = frame, opened
        self._left: dict[str, int] = {}
        self._images: dict[str, NpzImages | ImageError] = {}
        self._files: dict[Path, SourceFile] = {}

    def load(self, path: str, npz: tuple[Path, str], rows: list[_Row]) -> list[Loaded]:
        images = self._images.get(path) or self._open(path, npz)
        file = self._files.setdefault(npz[0], SourceFile(npz[0]))
        loaded = [Loaded(row.row, self._read(images, row), file) for row in rows]
        self._left[path] -= len(rows)
        if not self._left[path] and isinstance(images, NpzImages):
            images.__exit__()
        return loaded

    def _open(self, path: str, npz: tuple[Path, str]) -> NpzImages | ImageError:
        rows = self._frame.filter(pl.col("path") == path)
        items = rows["item"].drop_nulls().to_list() if "item" in rows.columns else []
        self._left[path] = len(rows)
        try:
            self._images[path] = self._opened.enter_context(NpzImages(*npz, items))
        except ImageError as error:
            self._images[path] = error
        return self._images[path]

    def _read(self, images: NpzImages | ImageError, row: _Row) -> np.ndarray | ImageError:
        if isinstance(images, ImageError):
            return images
        return _or_error(lambda: crop(images.read(row.item), row.box))
