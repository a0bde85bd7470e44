"""Estimates as columns of a sample table, and back to what each row has."""

from __future__ import annotations

import math

import polars as pl

from buffycoat.errors import TableError
from buffycoat.images.standards.pooling import Estimate
from buffycoat.images.standards.smear import Colour, Smear, StandardSettings

__all__ = ["COLUMNS", "estimate_columns", "row_smears"]

_COLOURS = ("white", "nucleus", "red_cell")
COLUMNS: dict[str, pl.DataType] = {
    "um_per_px_estimated": pl.Float64(),
    "um_per_px_doubt": pl.Float64(),
    **{
        f"{name}_{what}": kind
        for name in _COLOURS
        for what, kind in (("estimated", pl.String()), ("doubt", pl.Float64()))
    },
}
"""The columns of estimates with their types; a colour is three numbers with spaces between."""

_MOST_DOUBT = {"um_per_px": 0.25, "white": 0.1, "nucleus": 0.35, "red_cell": 0.35}


def estimate_columns(estimates: list[Estimate]) -> dict[str, pl.Series]:
    """The columns (N rows) of the estimates of N rows."""
    rows: list[dict[str, float | str | None]] = []
    for found in estimates:
        row: dict[str, float | str | None] = {
            "um_per_px_estimated": found.smear.um_per_px or None,
            "um_per_px_doubt": found.um_per_px_doubt,
        }
        for name in _COLOURS:
            colour: Colour = getattr(found.smear, name)
            row[f"{name}_estimated"] = " ".join(f"{v:g}" for v in colour) or None
            row[f"{name}_doubt"] = getattr(found, f"{name}_doubt")
        rows.append(row)
    return {n: pl.Series(n, [r[n] for r in rows], dtype=t) for n, t in COLUMNS.items()}


def row_smears(frame: pl.DataFrame, settings: StandardSettings) -> list[Smear]:
    """What each row of a sample table has, by its columns, else by the settings.

    A known scale (`um_per_px`) goes before an estimated one. An estimate that is too doubtful
    counts as unknown: a fourth of the scale, a tenth of white, a third of a density.

    Raises:
        TableError: when `um_per_px` is no number, or a colour is none.
    """
    if not settings.standards:
        return [Smear()] * len(frame)
    assumed = settings.assumed
    names = [n for n in ("um_per_px", *COLUMNS) if n in frame.columns]
    known: dict[tuple[object, ...], Smear] = {}
    found = []
    for row in frame.select(names).iter_rows() if names else [()] * len(frame):
        if row not in known:
            known[row] = _smear(dict(zip(names, row, strict=True)), assumed)
        found.append(known[row])
    return found


def _smear(row: dict[str, object], assumed: Smear) -> Smear:
    def sure(name: str) -> object:
        doubt = row.get(f"{name}_doubt")
        is_sure = not isinstance(doubt, float) or doubt <= _MOST_DOUBT[name]
        return row.get(f"{name}_estimated") if is_sure else None

    scale = _number(row.get("um_per_px")) or _number(sure("um_per_px")) or assumed.um_per_px
    colours = []
    for name in _COLOURS:
        told = _colour(name, sure(name))
        colours.append(told if len(told) == 3 else getattr(assumed, name))
    return Smear(scale, *colours)


def _colour(name: str, value: object) -> Colour:
    """A colour; () where there is none."""
    try:
        found = tuple(map(float, value.split())) if isinstance(value, str) else ()
    except ValueError as error:
        said = f"{name}_estimated is {value!r}: it is red, green and blue, three numbers"
        raise TableError(said) from error
    return found if all(map(math.isfinite, found)) else ()


def _number(value: object) -> float:
    """A scale; 0 where there is none."""
    try:
        found = float(str(value)) if value is not None else 0.0
    except ValueError as error:
        said = f"um_per_px is {value!r}: it is micrometres in a pixel, a number"
        raise TableError(said) from error
    return found if 0 < found < float("inf") else 0.0
