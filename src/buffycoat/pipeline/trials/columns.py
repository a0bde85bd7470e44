"""The values of a setting over many trials as one column of a trial table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from buffycoat.registry import Choice

__all__ = ["as_cell", "as_column"]


def as_column(values: Sequence[Any]) -> pl.Series:
    """Numbers and truths as they are, anything else as text; None where a trial has no value."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pl.Series(values, dtype=pl.Boolean)
    if kinds <= {int, float}:
        return pl.Series(values, dtype=pl.Float64 if float in kinds else pl.Int64)
    told = [None if value is None else str(as_cell(value)) for value in values]
    return pl.Series(told, dtype=pl.String)


def as_cell(value: Any) -> Any:
    """A value as it is written in a recipe, lists and choices as text."""
    if isinstance(value, list | tuple):
        return json.dumps(list(value))
    return str(value) if isinstance(value, Choice) else value
