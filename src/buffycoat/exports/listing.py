"""CSV files of an export, in which no cell is a formula for a spreadsheet."""

from __future__ import annotations

import polars as pl
import polars.selectors as cs

from buffycoat.exports.plan import Plan

__all__ = ["class_list", "count_guarded", "guarded", "left_out_list", "sample_list"]

_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[+-]?\d+([.,]\d*)?$"
_KEPT = ("label", "class_id", "split", "fold", "group", "patient", "slide", "field")


def guarded(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame whose texts that a spreadsheet would compute have an apostrophe before them."""
    texts, is_formula = cs.string(), _is_formula()
    return frame.with_columns(
        pl.when(is_formula).then(pl.lit("'") + texts).otherwise(texts).name.keep()
    )


def _is_formula() -> pl.Expr:
    """For each text whether a spreadsheet would compute it; a plain number does no harm."""
    return cs.string().str.contains(_FORMULA) & ~cs.string().str.contains(_NUMBER)


def count_guarded(plan: Plan) -> int:
    """How many rows of `sample_list` have a label or an origin with an apostrophe before it."""
    known = plan.rows.select(_KEPT).select(pl.any_horizontal(_is_formula().fill_null(False)))
    return int(known.to_series().sum())


def sample_list(plan: Plan, paths: list[str]) -> pl.DataFrame:
    """The rows with where each image is, its class, and what is known of its origin.

    Args:
        plan: N rows.
        paths: Where each image is (N).
    """
    safe = [f"./{path}" if path[:1] in "=+-@" else path for path in paths]
    columns = plan.rows.select(*_KEPT, "width_px", "height_px", "sample_id")
    return guarded(columns.insert_column(0, pl.Series("path", safe, pl.String)))


def class_list(plan: Plan, folders: dict[str, str] | None = None) -> pl.DataFrame:
    """Number, name and images of each class, and its folder where it has one."""
    counts = dict(plan.rows["label"].value_counts().iter_rows())
    rows = {
        "id": list(plan.numbers.values()),
        "name": list(plan.numbers),
        "images": [counts.get(name, 0) for name in plan.numbers],
        **({"folder": [folders[name] for name in plan.numbers]} if folders else {}),
    }
    return guarded(pl.DataFrame(rows))


def left_out_list(plan: Plan) -> pl.DataFrame:
    """The rows that are not in the export, with the reason of each."""
    return guarded(plan.left_out.select("sample_id", "path", "item", "label", "excluded_because"))
