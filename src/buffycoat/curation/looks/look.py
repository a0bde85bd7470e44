"""What a look is: a function from an image to an array of a fixed shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Look", "Looked"]


@dataclass(frozen=True)
class Look:
    """Something to compute from every image."""

    name: str
    """What its arrays are kept under: letters, digits, `-` and `_`."""
    of: Callable[[np.ndarray], np.ndarray | float]
    """From an image (H, W, 3), uint8 and not to be written to, to an array of `shape`."""
    shape: tuple[int, ...] = ()
    """The shape of what it gives for one image."""
    dtype: str = "float32"
    """Its type, as NumPy names it."""
    version: int | None = 1
    """Raised when `of` changes, so that what was kept is made anew; None keeps nothing."""


@dataclass(frozen=True)
class Looked:
    """What was seen of the N rows of a sample table."""

    arrays: Mapping[str, np.ndarray]
    """By the name of a look, (N, *shape); zeros, or NaN for floats, where there is nothing."""
    has: Mapping[str, np.ndarray]
    """By the name of a look, which rows (N,) have something there."""
    failed: Mapping[int, str] = field(default_factory=dict)
    """By row: why a look gave nothing there."""
