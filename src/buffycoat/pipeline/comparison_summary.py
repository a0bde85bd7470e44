"""A comparison, said on the console."""

from __future__ import annotations

import polars as pl

from buffycoat.evaluation.comparison import Comparison, MethodFigures
from buffycoat.pipeline.console import say
from buffycoat.pipeline.summary import say_frame
from buffycoat.report.numbers import counted

__all__ = ["say_comparison"]

_MOST_VERDICTS = 10


def say_comparison(comparison: Comparison) -> None:
    """Print a row for each method, a sentence for each pair, and what was left out."""
    groups = counted(comparison.n_groups, "group")
    grouped = groups if comparison.groups_known else "taken as independent"
    said = f"{comparison.split}: {counted(comparison.n_images, 'image')} ({grouped})"
    table = pl.DataFrame([_row(method) for method in comparison.methods])
    known = [c for c in table.columns if table[c].is_in(["", "1"]).not_().any()]
    say_frame(table.select(known), said)
    for pair in comparison.pairs[:_MOST_VERDICTS]:
        say(pair.verdict, "bold")
    if len(comparison.pairs) > _MOST_VERDICTS:
        say(f"and {len(comparison.pairs) - _MOST_VERDICTS} more pairs")
    for left in comparison.left_out:
        say(f"left out: {left.n_images} images, for {left.name}: {left.reason}", "yellow")
    for note in comparison.notes:
        say(f"note: {note}", "yellow")


def _row(method: MethodFigures) -> dict[str, str]:
    costs, figure = method.costs, method.figures["accuracy"]
    millions = None if costs.n_parameters is None else costs.n_parameters / 1e6
    return {
        "": method.name,
        "accuracy": f"{figure.value:.4f}",
        "95% interval": f"{figure.low:.4f} to {figure.high:.4f}",
        "macro F1": f"{method.figures['macro_f1'].value:.4f}",
        "runs": str(len(method.run_ids)),
        "s/epoch": _number(costs.epoch_s, 1),
        "M params": _number(millions, 2),
    }


def _number(value: float | None, n_decimals: int) -> str:
    return "" if value is None else f"{value:.{n_decimals}f}"
