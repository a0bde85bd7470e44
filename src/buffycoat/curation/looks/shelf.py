"""What one look saw, kept in blocks that are written once and never changed."""

from __future__ import annotations

import contextlib
import hashlib
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from buffycoat.curation.looks.large import empty_array
from buffycoat.curation.looks.look import Look
from buffycoat.errors import DiskError
from buffycoat.tables.files import replacing

__all__ = ["Shelf"]

_HINT = "set BUFFYCOAT_CACHE to a folder with room, or free some with `buffycoat cache --clear`"
_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


class Shelf:
    """The values of one look by the key of an image.

    A block is an .npz file of `keys` and `values`, named after its keys: two audits at once may
    write the same block, and neither harms the other. A damaged block is as good as none.
    """

    def __init__(self, look: Look, folder: Path | None) -> None:
        """Open what is kept in a folder.

        Args:
            look: The look.
            folder: The folder of all looks; None keeps nothing for another time.
        """
        self.look = look
        keeps = folder and look.version is not None
        self._folder = folder / f"{look.name}-{look.version}" if folder and keeps else None
        self.keys: dict[str, tuple[int, int]] = {}
        self._blocks: list[np.ndarray | Path] = []
        self._new: dict[str, np.ndarray] = {}
        for path in sorted(self._folder.glob("*.npz")) if self._folder else ():
            self._open(path)

    def add(self, key: str, value: np.ndarray) -> None:
        """Keep a value for the next block."""
        self._new[key] = value

    def write(self) -> None:
        """Make a block of what was added since the last one."""
        if not self._new:
            return
        keys, values = list(self._new), np.stack(list(self._new.values()))
        place: np.ndarray | Path = values
        if self._folder:
            place = self._folder / f"{hashlib.sha256(' '.join(keys).encode()).hexdigest()[:24]}.npz"
            self._save(keys, values, place)
        self._index(keys, place)
        self._new = {}

    def take(
        self, keys: Sequence[str], rows: np.ndarray, n_rows: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """The values of keys at rows of an array (n_rows, *shape), and which rows have one.

        An array above `large.IN_MEMORY` bytes lies in a temporary file beside what is kept.
        """
        found = empty_array((n_rows, *self.look.shape), self.look.dtype, self._folder)
        has = np.zeros(n_rows, bool)
        pairs = zip(keys, rows, strict=True)
        places = [(*self.keys[key], row) for key, row in pairs if key in self.keys]
        wanted = np.array(places, np.int64).reshape(-1, 3)
        wanted = wanted[np.argsort(wanted[:, 0], kind="stable")]
        for here in np.split(wanted, np.flatnonzero(np.diff(wanted[:, 0])) + 1):
            if len(here):
                found[here[:, 2]] = self._values(int(here[0, 0]))[here[:, 1]]
                has[here[:, 2]] = True
        return found, has

    @staticmethod
    def _save(keys: Sequence[str], values: np.ndarray, place: Path) -> None:
        try:
            with replacing(place) as beside, beside.open("wb") as file:
                np.savez(file, keys=np.array(keys), values=values)
        except OSError as error:  # such as a folder below /proc
            raise DiskError(f"{place} cannot be written ({error}); {_HINT}") from error
        except DiskError as error:
            raise DiskError(f"{error}; {_HINT}") from error

    def _open(self, path: Path) -> None:
        with contextlib.suppress(*_DAMAGED), np.load(path) as block:
            self._index(block["keys"].tolist(), path)

    def _index(self, keys: Sequence[str], place: np.ndarray | Path) -> None:
        block = len(self._blocks)
        self._blocks.append(place)
        # the shelves of all looks have the same keys: each is held once
        self.keys.update({sys.intern(key): (block, i) for i, key in enumerate(keys)})

    def _values(self, block: int) -> np.ndarray:
        place = self._blocks[block]
        if isinstance(place, np.ndarray):
            return place
        try:
            with np.load(place) as kept:
                values: np.ndarray = kept["values"]
        except _DAMAGED as error:
            place.unlink(missing_ok=True)
            said = "it was damaged and is removed: give the command again"
            raise DiskError(f"{place} cannot be read ({error}); {said}") from error
        return values
