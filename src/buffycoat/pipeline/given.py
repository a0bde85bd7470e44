"""Paths as a caller gave them: one or several, and a name for what comes beside one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

__all__ = ["beside", "several"]

Given = TypeVar("Given", str, Path)


def several(given: Given | Iterable[Given]) -> tuple[Given, ...]:
    """The paths as a tuple, where Python gave a single one too.

    >>> several("cells"), several(["a", "b"])
    (('cells',), ('a', 'b'))
    """
    return (given,) if isinstance(given, str | Path) else tuple(given)


def beside(folder: Path, ending: str) -> Path:
    """A folder's neighbour, which is called as it is with an ending.

    >>> beside(Path("runs/cells"), "again").as_posix()
    'runs/cells-again'
    """
    named = folder.resolve() if folder.name in ("", "..") else folder  # `.` has no name of its own
    return named.with_name(f"{named.name}-{ending}")
