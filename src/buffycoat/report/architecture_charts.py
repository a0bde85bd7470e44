"""Charts of a search of architectures: scores against retraining, and accuracy against cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from buffycoat.report.charts import Axis, Chart, Dot, make_axis

__all__ = ["front_chart", "rank_chart"]

_LOG_FROM = 20  # times from the lowest to the highest cost


def rank_chart(scores: Sequence[float], retrained: Sequence[float]) -> Chart | None:
    """Score against retrained accuracy, one dot for each network; None for fewer than two.

    Args:
        scores: The strategy's, NaN where there is none (n,).
        retrained: The same networks trained from scratch, likewise.
    """
    pairs = [
        (x, y)
        for x, y in zip(scores, retrained, strict=True)
        if math.isfinite(x) and math.isfinite(y)
    ]
    if len(pairs) < 2:
        return None
    x_axis = _axis("the search's score", [x for x, _ in pairs], (62, 308))
    y_axis = _axis("validation accuracy, retrained", [y for _, y in pairs], (228, 12))
    chart = Chart("score against retrained accuracy", 320, 270, x_axis, y_axis)
    dots = [
        Dot(chart.x.at(x), chart.y.at(y), f"score {x:.4f}, retrained {y:.4f}") for x, y in pairs
    ]
    return replace(chart, dots=tuple(dots))


def front_chart(name: str, rows: Sequence[Mapping[str, Any]]) -> Chart | None:
    """Score against one cost; networks on the front are joined; None for fewer than two.

    Args:
        name: The cost.
        rows: `score`, `costs` by name, and `is_front` of each network.
    """
    if len(rows) < 2:
        return None
    costs = [float(row["costs"][name]) for row in rows]
    axis, place = _cost_axis(name.replace("_", " "), costs)
    y_axis = _axis("score", [row["score"] for row in rows], (228, 12))
    chart = Chart(f"score against {name}", 320, 270, axis, y_axis)
    dots = tuple(
        Dot(
            chart.x.at(place(cost)),
            chart.y.at(row["score"]),
            f"{row['score']:.4f}, {cost:,.4g} {name.replace('_', ' ')}",
            kind="ours" if row["is_front"] else "main",
        )
        for cost, row in zip(costs, rows, strict=True)
    )
    front = sorted((c, r["score"]) for c, r in zip(costs, rows, strict=True) if r["is_front"])
    line = chart.curve("train", [(place(cost), score) for cost, score in front])
    return replace(chart, dots=dots, lines=(line,))


def _axis(label: str, values: Sequence[float], pixels: tuple[float, float]) -> Axis:
    margin = 0.06 * (max(values) - min(values)) or 0.01
    span = min(values) - margin, max(values) + margin
    return make_axis(label, span, pixels, n_ticks=4, say="{:.3g}".format)


def _cost_axis(label: str, costs: Sequence[float]) -> tuple[Axis, Callable[[float], float]]:
    """The axis of a cost, by powers of ten where it spans many, and where a cost stands on it."""
    pixels, low, high = (62.0, 308.0), min(costs), max(costs)
    if low > 0 and high / low >= _LOG_FROM:
        span = math.log10(low) - 0.1, math.log10(high) + 0.1
        axis = make_axis(label, span, pixels, n_ticks=4, say=lambda e: _said_cost(10**e))
        return axis, math.log10
    margin = 0.06 * (high - low) or 0.06 * high or 1.0
    span = low - margin, high + margin
    return make_axis(label, span, pixels, n_ticks=4, say=_said_cost), float


def _said_cost(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
