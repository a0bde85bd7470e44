"""What an audit found in one respect: a score for each image, sentences, and what to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import polars as pl

__all__ = ["Finding", "Level"]

Level = Literal["serious", "look", "note"]
"""Whether it spoils results, asks for a look at some images, or is good to know."""


@dataclass(frozen=True)
class Finding:
    """One finding over the N rows of a sample table; `<name>_score` and `is_<name>` in the table.

    A finding about the set as a whole (balance, a shortcut) has no scores.
    """

    name: str
    """Its name in columns, such as `outlier`."""
    title: str
    """Its heading on the page, such as `Images unlike the others`."""
    said: tuple[str, ...]
    """Sentences with numbers, what matters most first; at least one, also when all is well."""
    level: Level
    """How much it matters; "note" where nothing was found."""
    scores: np.ndarray | None = None
    """From 0 (nothing) to 1 (as bad as can be), (N,) float64; NaN where not checked."""
    flags: np.ndarray | None = None
    """Which rows (N,) ask for a look, bool; False where not checked."""
    reasons: Mapping[int, str] = field(default_factory=dict)
    """By row number: why it is flagged, in words with numbers."""
    beside: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """By row number: rows to show beside it, such as its copies."""
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """By caption: small tables for the page."""
    columns: Mapping[str, pl.Series] = field(default_factory=dict)
    """Further columns for the sample table, (N,) each."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Settings and numbers that the table's metadata remember, as JSON can hold them."""
