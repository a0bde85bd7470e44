"""What a caller gave: one path, or several."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

__all__ = ["several"]

Given = TypeVar("Given", str, Path)


def several(given: Given | Iterable[Given]) -> tuple[Given, ...]:
    """The paths as a tuple, where Python gave a single one too.

    >>> several("cells"), several(["a", "b"])
    (('cells',), ('a', 'b'))
    """
    return (given,) if isinstance(given, str | Path) else tuple(given)
