"""Arrays too large for memory: they lie in a temporary file, which goes when they do."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path

import numpy as np

from buffycoat.errors import DiskError

__all__ = ["IN_MEMORY", "empty_array"]

IN_MEMORY = 1 << 30
"""Bytes up to which an array is held in memory: landmarks of 54,000 images."""


def empty_array(shape: tuple[int, ...], dtype: str, folder: Path | None = None) -> np.ndarray:
    """An array of NaN for floats and of zeros for others, in a file where it is large.

    Args:
        shape: Its shape.
        dtype: Its type, as NumPy names it.
        folder: Where the file lies, which has no name there; by default where temporary files do.

    Raises:
        DiskError: when there is no room for it.
    """
    empty = np.nan if np.dtype(dtype).kind == "f" else 0
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size <= IN_MEMORY:
        return np.full(shape, empty, dtype)
    found = _mapped(shape, dtype, size, folder)
    if empty:
        found[:] = empty
    return found


def _mapped(shape: tuple[int, ...], dtype: str, size: int, folder: Path | None) -> np.ndarray:
    try:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):  # else a full disk would end the program later
                os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, dtype, "w+", shape=shape)
    except OSError as error:
        where = folder or tempfile.gettempdir()
        said = f"{where} has no room for {size / 1e9:.1f} GB that an audit needs for a while"
        hint = "set BUFFYCOAT_CACHE to a folder with room, or free some"
        raise DiskError(f"{said} ({error.strerror}): {hint}") from error
