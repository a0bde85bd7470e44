"""What audits keep of the images they looked at: how much it is, and how to remove it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from buffycoat.images.cache import cache_root

__all__ = ["clear_looks", "looks_root", "size_of_looks"]


def looks_root(cache: Path | None = None) -> Path:
    """The folder within a cache that holds what was looked at; by default of `cache_root()`."""
    return (cache or cache_root()) / "looks"


def size_of_looks(cache: Path | None = None) -> int:
    """Bytes that are kept."""
    return sum(_size(block) for block in _blocks(looks_root(cache)))


def clear_looks(cache: Path | None = None) -> int:
    """Remove what is kept, and nothing else that may lie there; the bytes that became free."""
    root, freed = looks_root(cache), 0
    for block in _blocks(root):
        size = _size(block)
        with contextlib.suppress(OSError):
            block.unlink()
            freed += size
    for folder in root.glob("*/"):
        with contextlib.suppress(OSError):  # another's files are in it
            folder.rmdir()
    return freed


def _size(block: Path) -> int:
    with contextlib.suppress(OSError):
        return block.stat().st_size
    return 0


def _blocks(root: Path) -> Iterator[Path]:
    return root.glob("*-*/*.npz")
