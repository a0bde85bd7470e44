"""The charts of a comparison: intervals on scales that show how methods differ."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from buffycoat.report.comparison_rows import shown_pairs
from buffycoat.report.differences import signed, signed_ends
from buffycoat.report.figures import IntervalRow
from buffycoat.report.numbers import interval, percent

if TYPE_CHECKING:
    from buffycoat.evaluation.comparison import Comparison
    from buffycoat.evaluation.difference import Difference
    from buffycoat.evaluation.figures import Figure

__all__ = ["Scale", "accuracy_scale", "difference_scale"]


@dataclass(frozen=True)
class Scale:
    """A chart of intervals on a scale of its own; places are percentages of its width."""

    rows: tuple[IntervalRow, ...]
    ends: tuple[str, str, str]
    """What its left end, middle and right end say."""


def accuracy_scale(comparison: Comparison) -> Scale:
    """The accuracy of every method, on a scale that shows how they differ."""
    figures = [method.figures["accuracy"] for method in comparison.methods]
    low, high = min(f.low for f in figures), max(f.high for f in figures)
    step = _round_up((high - low) / 2 or 0.01)
    start, end = max(0.0, floor(low / step) * step), min(1.0, ceil(high / step) * step)
    best = max(figure.value for figure in figures)
    rows = [
        _row(method.name, figure, (start, end), percent(figure.value), interval(figure), best)
        for method, figure in zip(comparison.methods, figures, strict=True)
    ]
    return Scale(tuple(rows), _percents(start, end))


def _percents(start: float, end: float) -> tuple[str, str, str]:
    low, middle, high = (f"{100 * v:.6g}%" for v in (start, (start + end) / 2, end))
    return low, middle, high


def difference_scale(comparison: Comparison) -> Scale:
    """The difference in accuracy of the pairs shown, about zero."""
    shown = shown_pairs(comparison)
    found = [pair.differences["accuracy"] for pair in shown]
    reach = _round_up(max(max(abs(d.low), abs(d.high)) for d in found) or 0.01)
    rows = [
        _row(
            f"{pair.first} − {pair.second}",
            d,
            (-reach, reach),
            signed(d.value),
            signed_ends(d),
            None,
        )
        for pair, d in zip(shown, found, strict=True)
    ]
    return Scale(tuple(rows), (f"−{100 * reach:g}", "0", f"+{100 * reach:g}"))


def _row(
    name: str,
    figure: Figure | Difference,
    ends: tuple[float, float],
    value: str,
    interval_: str,
    best: float | None,
) -> IntervalRow:
    places = [round(100 * (v - ends[0]) / (ends[1] - ends[0]), 2) for v in _three(figure)]
    return IntervalRow(name, figure.value == best, value, interval_, *places)


def _three(figure: Figure | Difference) -> tuple[float, float, float]:
    return figure.value, figure.low, figure.high


def _round_up(value: float) -> float:
    """The next 1, 2 or 5 with zeros."""
    power = 10.0 ** floor(log10(value))
    return next(m * power for m in (1, 2, 5, 10) if value <= m * power * (1 + 1e-9))
