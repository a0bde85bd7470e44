"""Charts of a search: scores in the order of the trials, and by what each setting was."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from buffycoat.report.charts import Axis, Chart, Dot, Tick, make_axis

__all__ = ["NamedChart", "history_chart", "setting_charts"]

_LOG_FROM = 20  # times from the lowest to the highest value
_MAX_TEXTS = 12


@dataclass(frozen=True)
class NamedChart:
    """One of several small charts."""

    name: str
    chart: Chart


def history_chart(
    trials: Sequence[Mapping[str, Any]], score: str, *, is_loss: bool
) -> Chart | None:
    """Each finished trial's score, and the best so far; None where none finished.

    Args:
        trials: Rows of a trial table, with `score`.
        score: What the score is called.
        is_loss: Whether a low score is good.
    """
    found = [(int(row["trial_id"]), float(row["score"])) for row in trials if _has_score(row)]
    if not found:
        return None
    x = make_axis("trial", (0.5, found[-1][0] + 0.5), (52, 628), n_ticks=10, whole=True)
    chart = Chart("score by trial", 640, 270, x, _score_axis(found, score, (228, 12)))
    steps, best = [], found[0][1]
    for number, value in found:
        steps.append((number, best))
        best = min(best, value) if is_loss else max(best, value)
        steps.append((number, best))
    dots = tuple(_dot(chart, n, v, f"trial {n}: {_said(v)}") for n, v in found)
    return replace(chart, lines=(chart.curve("train", steps),), dots=dots)


def setting_charts(
    trials: Sequence[Mapping[str, Any]], names: Mapping[str, str], score: str
) -> list[NamedChart]:
    """The scores by each setting that was drawn, where it was different at all.

    Args:
        trials: Rows of a trial table, with `score`.
        names: What each column is called.
        score: What the score is called.
    """
    rows = [row for row in trials if _has_score(row)]
    return [
        NamedChart(
            title, _setting_chart([row for row in rows if row[name] is not None], name, score)
        )
        for name, title in names.items()
        if len({row[name] for row in rows} - {None}) > 1
    ]


def _setting_chart(rows: Sequence[Mapping[str, Any]], name: str, score: str) -> Chart:
    values = [row[name] for row in rows]
    axis, place = _setting_axis(values)
    scores = [(0.0, float(row["score"])) for row in rows]
    chart = Chart(f"score by {name}", 280, 190, axis, _score_axis(scores, score, (150, 8)))
    dots = tuple(
        _dot(chart, place(row[name]), float(row["score"]), f"trial {row['trial_id']}: {row[name]}")
        for row in rows
    )
    return replace(chart, dots=dots)


def _setting_axis(values: Sequence[Any]) -> tuple[Axis, Callable[[Any], float]]:
    """The axis of a setting's values, and where on it each stands before it is in pixels."""
    pixels = (52.0, 268.0)
    if any(isinstance(value, str | bool) for value in values):
        texts = sorted({str(value) for value in values})
        return _text_axis(texts, pixels), lambda value: texts.index(str(value))
    low, high = min(values), max(values)
    margin = 0.04 * (high - low)
    if low > 0 and high / low >= _LOG_FROM:
        margin = 0.04 * math.log10(high / low)
        span = math.log10(low) - margin, math.log10(high) + margin
        axis = make_axis("", span, pixels, say=lambda e: f"{10**e:.1g}", n_ticks=3)
        return axis, math.log10
    return make_axis("", (low - margin, high + margin), pixels, n_ticks=3), float


def _text_axis(texts: Sequence[str], pixels: tuple[float, float]) -> Axis:
    bare = Axis("", -0.5, len(texts) - 0.5, *pixels, ())
    length = max(4, 36 // len(texts))
    shown = texts if len(texts) <= _MAX_TEXTS else []
    ticks = (Tick(bare.at(i), _cut(text, length)) for i, text in enumerate(shown))
    return replace(bare, ticks=tuple(ticks))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _score_axis(
    found: Sequence[tuple[float, float]], score: str, pixels: tuple[float, float]
) -> Axis:
    values = [value for _, value in found]
    margin = 0.06 * (max(values) - min(values)) or 0.01
    span = min(values) - margin, max(values) + margin
    return make_axis(score, span, pixels, n_ticks=4, say=_said)


def _said(value: float) -> str:
    return f"{value:.4g}"


def _dot(chart: Chart, x: float, y: float, title: str) -> Dot:
    return Dot(chart.x.at(x), chart.y.at(y), title)


def _has_score(row: Mapping[str, Any]) -> bool:
    return row["score"] is not None and math.isfinite(row["score"])
