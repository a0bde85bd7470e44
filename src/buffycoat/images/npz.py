"""Images in an .npz file, row by row, without loading an array whole and without unpickling."""

from __future__ import annotations

import contextlib
import math
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO

import numpy as np

from buffycoat.errors import ImageError
from buffycoat.images.decode import MAX_MEGAPIXELS

__all__ = ["NpzImages", "split_npz_path"]

_IN_MEMORY = 256 * 2**20
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def split_npz_path(path: Path | str) -> tuple[Path, str] | None:
    """The file and the array that a path `FILE.npz/ARRAY` names; None for any other path.

    >>> split_npz_path("data/bloodmnist.npz/train_images")
    (PosixPath('data/bloodmnist.npz'), 'train_images')
    >>> split_npz_path("data/bloodmnist.npz") is None
    True
    """
    path = Path(path)
    for depth, part in enumerate(path.parts[:-1], start=1):
        if part.lower().endswith(".npz"):
            return Path(*path.parts[:depth]), "/".join(path.parts[depth:])
    return None


class NpzImages(contextlib.AbstractContextManager["NpzImages"]):
    """The images of one array of shape (N, H, W, 3), (N, H, W, 1) or (N, H, W).

    Values are taken as they are and must be whole numbers from 0 to 255, in any numeric type: a
    float array from 0 to 1 cannot be told from a dark one row by row, so it is refused.
    """

    def __init__(self, file: Path, array: str, items: Sequence[int] = ()) -> None:
        """Open an array.

        Args:
            file: The .npz file.
            array: The array's name.
            items: The rows that will be read, in that order, where it is known. Backward steps in
                a compressed array are dear, so rows out of order are laid aside first.

        Raises:
            ImageError: when the file or the array is missing, damaged, pickled, or not of images.
        """
        with contextlib.ExitStack() as opened, _explained():
            if not file.is_file():
                raise ImageError("the .npz file is missing")
            self._member = opened.enter_context(_open_array(file, array))
            self.shape, self._dtype = _read_header(self._member)
            self._start = self._member.tell()
            self._n_bytes = math.prod(self.shape[1:]) * self._dtype.itemsize
            self._aside: dict[int, int] = {}
            if any(later < item for item, later in pairwise(items)):
                aside = opened.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))
                self._lay_aside(aside, sorted(set(items)))
            self._opened = opened.pop_all()

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def read(self, item: int | None) -> np.ndarray:
        """Row `item` as uint8 (H, W, 3).

        Raises:
            ImageError: when there is no such row, or its values are not whole numbers in 0..255.
        """
        if item is None:
            raise ImageError("an array of images needs a row number in the column `item`, from 0")
        if not 0 <= item < self.shape[0]:
            raise ImageError(f"row {item} was asked of an array with {self.shape[0]} images")
        with _explained():
            values = np.frombuffer(self._bytes_of(item), self._dtype).reshape(self.shape[1:])
            return _as_rgb(values)

    def _bytes_of(self, item: int) -> bytes:
        if item in self._aside:
            self._file_aside.seek(self._aside[item])
            return self._file_aside.read(self._n_bytes)
        self._member.seek(self._start + item * self._n_bytes)
        return self._member.read(self._n_bytes)

    def _lay_aside(self, aside: IO[bytes], items: Sequence[int]) -> None:
        places: dict[int, int] = {}
        for item in items:
            if 0 <= item < self.shape[0]:
                places[item] = aside.tell()
                aside.write(self._bytes_of(item))
        self._file_aside, self._aside = aside, places


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (ImageError, MemoryError):
        raise
    except Exception as error:  # zip, its codecs and NumPy's header each have errors of their own
        raise ImageError(f"the .npz is damaged or none ({str(error)[:100]})") from error


@contextlib.contextmanager
def _open_array(file: Path, array: str) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(file) as archive:
        names = [n.removesuffix(".npy") for n in archive.namelist() if n.endswith(".npy")]
        if array not in names:
            raise ImageError(f"the .npz has no array {array!r}; it has {', '.join(names[:8])}")
        with archive.open(f"{array}.npy") as member:
            yield member


def _read_header(member: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    version = np.lib.format.read_magic(member)
    if version not in _HEADERS:
        raise ImageError(f"the array is in format {version}: save it again with np.savez")
    shape, is_fortran, dtype = _HEADERS[version](member)
    if dtype.hasobject:
        raise ImageError("the array holds pickled objects, which could run code: not opened")
    if dtype.kind not in "uif":
        raise ImageError(f"the array holds {dtype}, not numbers: save it as uint8")
    if not (len(shape) == 3 or (len(shape) == 4 and shape[3] in (1, 3))) or min(shape[1:]) < 1:
        raise ImageError(f"the array has shape {shape}, not (N, H, W, 3) or (N, H, W)")
    if is_fortran and shape[0] > 1:
        raise ImageError("the array is in Fortran order: save np.ascontiguousarray of it")
    if shape[1] * shape[2] > MAX_MEGAPIXELS * 1_000_000:
        raise ImageError(f"{shape[2]} x {shape[1]}: more than {MAX_MEGAPIXELS} megapixels")
    return shape, dtype


def _as_rgb(values: np.ndarray) -> np.ndarray:
    pixels = values.astype(np.uint8) if values.dtype == np.uint8 else _whole_numbers(values)
    planes = pixels[..., None] if pixels.ndim == 2 else pixels
    return planes if planes.shape[2] == 3 else np.repeat(planes, 3, axis=2)


def _whole_numbers(values: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        pixels = values.astype(np.uint8)
    if not np.array_equal(pixels, values):
        said = f"{values.dtype} values that are not whole numbers from 0 to 255: save it as uint8"
        raise ImageError(said)
    return pixels
