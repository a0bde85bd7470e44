"""Labels and names in an .npz file, read without unpickling; of images the number alone."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from buffycoat.errors import ImageError, InputError
from buffycoat.images.npz import NpzImages

__all__ = ["array_names", "count_images", "read_values", "refuse_damaged"]

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def array_names(path: Path) -> tuple[str, ...]:
    """The names of the arrays in an .npz file.

    Raises:
        InputError: when it is missing, damaged or no .npz.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist") from error
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is no .npz, or a damaged one: {error}") from error
    return tuple(name.removesuffix(".npy") for name in members if name.endswith(".npy"))


def refuse_damaged(path: Path) -> None:
    """Let pass an .npz whose bytes are those that were written; all of it is read for that.

    Raises:
        InputError: for any other, with the array.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except Exception as error:  # zip and its codecs each have errors of their own
        raise InputError(f"{path} is no .npz, or a damaged one: {error}") from error
    if damaged is not None:
        said = "its bytes are not those that were written; get the file again"
        raise InputError(f"{path}, array {damaged.removesuffix('.npy')!r} is damaged: {said}")


def count_images(path: Path, array: str) -> int:
    """How many images an array holds, from its header.

    Raises:
        InputError: when it is not an array of images, with its shape or type.
    """
    try:
        with NpzImages(path, array) as images:
            return images.shape[0]
    except ImageError as error:
        raise InputError(f"{path}, array {array!r}: {error}") from error


def read_values(path: Path, array: str) -> list[int] | list[str]:
    """Whole numbers or texts of an array of shape (N,) or (N, 1).

    Raises:
        InputError: for another shape or type, and for pickled objects, which are never opened.
    """
    where = f"{path}, array {array!r}"
    try:
        with zipfile.ZipFile(path) as archive, archive.open(f"{array}.npy") as member:
            _check_header(member, where)
        with np.load(path, allow_pickle=False) as arrays:
            values = arrays[array].reshape(-1)
        return [_text(value) for value in values] if values.dtype.kind in "US" else values.tolist()
    except InputError:
        raise
    except Exception as error:  # zip, its codecs and NumPy each have errors of their own
        raise InputError(f"{where} is damaged: {str(error)[:100]}") from error


def _check_header(member: IO[bytes], where: str) -> None:
    version = np.lib.format.read_magic(member)
    if version not in _HEADERS:
        raise InputError(f"{where} is in format {version}: save it again with np.savez")
    shape, _, dtype = _HEADERS[version](member)
    if dtype.hasobject:
        said = "holds pickled objects, which could run code, and is not opened"
        raise InputError(f"{where} {said}: save it with astype(str) or astype(int)")
    if dtype.kind not in "iuUS":
        raise InputError(f"{where} holds {dtype}: give whole numbers or texts")
    if len(shape) == 2 and shape[1] > 1:
        raise InputError(f"{where} has shape {shape}: if it is one-hot, save its argmax(axis=1)")
    if len(shape) not in (1, 2):
        raise InputError(f"{where} has shape {shape}, not (N,) or (N, 1)")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
