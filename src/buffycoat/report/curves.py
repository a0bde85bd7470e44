"""Charts of thresholds and of confidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scipy.stats import binomtest

from buffycoat.report.charts import Bar, Chart, Dot, make_axis, share_tick
from buffycoat.report.numbers import decimal, interval, is_known, percent, value_of

if TYPE_CHECKING:
    from buffycoat.evaluation.evaluate import Evaluation
    from buffycoat.evaluation.figures import ReliabilityBin

__all__ = [
    "Panel",
    "confidence_histogram",
    "precision_recall_panels",
    "reliability_chart",
    "roc_panels",
]

Curves = Mapping[str, Sequence[tuple[float, float]]]

_MAX_PANELS = 24
_ZOOMS = (0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class Panel:
    """One of several small charts of the same kind."""

    name: str
    """The class."""
    note: str
    """A figure with its interval, where there is one."""
    chart: Chart


def roc_panels(evaluation: Evaluation) -> list[Panel]:
    """Sensitivity against false alarms of each class, the weakest 24 where there are more."""
    size = _zoom(evaluation.roc, lambda x, y: max(x, 1 - y))
    panels = []
    for name in _weakest_first(evaluation, evaluation.roc):
        auc = evaluation.per_class[name].auc if name in evaluation.per_class else None
        note = f"AUC {decimal(auc.value)}" if auc and is_known(auc.value) else ""
        said = f"{note} ({interval(auc, as_percent=False)})" if note else ""
        chart = _corner(f"ROC curve of {name}", ("false alarms", "recall"), (0, size), size)
        line = chart.curve("main", evaluation.roc[name])
        panels.append(Panel(name, said, replace(chart, lines=(line,))))
    return panels


def precision_recall_panels(evaluation: Evaluation) -> list[Panel]:
    """Precision against recall of each class, the weakest 24 where there are more."""
    curves = evaluation.precision_recall
    size = _zoom(curves, lambda x, y: max(1 - x, 1 - y))
    panels = []
    for name in _weakest_first(evaluation, curves):
        title = f"precision and recall of {name}"
        chart = _corner(title, ("recall", "precision"), (1 - size, 1), size)
        line = chart.curve("main", curves[name])
        panels.append(Panel(name, "", replace(chart, lines=(line,))))
    return panels


def _weakest_first(evaluation: Evaluation, curves: Curves) -> list[str]:
    """The classes to draw, in class order."""
    there = [name for name in evaluation.classes if name in curves]

    def quality(name: str) -> float:
        row = evaluation.per_class.get(name)
        f1 = value_of(row.f1) if row else 0.0
        return f1 if is_known(f1) else 0.0

    chosen = set(sorted(there, key=quality)[:_MAX_PANELS])
    return [name for name in there if name in chosen]


def _zoom(curves: Curves, distance: Callable[[float, float], float]) -> float:
    """The smallest corner in which the best point of every curve lies well inside."""
    furthest = max(
        (min((distance(x, y) for x, y in curve), default=1.0) for curve in curves.values()),
        default=1.0,
    )
    return next((size for size in _ZOOMS if furthest <= size / 2), 1.0)


def _corner(title: str, labels: tuple[str, str], span: tuple[float, float], size: float) -> Chart:
    x = make_axis(labels[0], span, (56, 190), say=share_tick, n_ticks=2)
    y = make_axis(labels[1], (1 - size, 1), (142, 8), say=share_tick, n_ticks=2)
    return Chart(title, 200, 184, x, y)


def reliability_chart(evaluation: Evaluation) -> Chart | None:
    """How often it is right, by how sure it says it is; with exact binomial intervals."""
    bins = [b for b in evaluation.reliability if b.n]
    if not bins:
        return None
    x = make_axis("confidence of the answer", (0, 1), (52, 408), say=share_tick)
    y = make_axis("share that is right", (0, 1), (268, 12), say=share_tick)
    chart = Chart("reliability diagram", 420, 312, x, y)
    dots = tuple(_bin_dot(chart, b) for b in bins)
    return replace(chart, lines=(chart.curve("guide", [(0, 0), (1, 1)]),), dots=dots)


def _bin_dot(chart: Chart, b: ReliabilityBin) -> Dot:
    low, high = binomtest(round(b.accuracy * b.n), b.n).proportion_ci(0.95)
    title = f"{b.n:,} answers, {percent(b.confidence)} sure: {percent(b.accuracy)} right"
    place = chart.x.at(b.confidence), chart.y.at(b.accuracy)
    return Dot(*place, title, chart.y.at(float(low)), chart.y.at(float(high)))


def confidence_histogram(evaluation: Evaluation) -> Chart | None:
    """How many answers are how sure."""
    bins = [b for b in evaluation.reliability if b.n]
    if not bins:
        return None
    n = sum(b.n for b in bins)
    x = make_axis("confidence of the answer", (0, 1), (52, 408), say=share_tick)
    top = max(b.n for b in bins) / n
    y = make_axis("share of the answers", (0, top), (268, 12), say=share_tick)
    chart = Chart("histogram of the confidence", 420, 312, x, y)
    return replace(chart, bars=tuple(_bin_bar(chart, b, b.n / n) for b in bins))


def _bin_bar(chart: Chart, b: ReliabilityBin, share: float) -> Bar:
    left, right, top = chart.x.at(b.low), chart.x.at(b.high), chart.y.at(share)
    title = f"{b.n:,} answers from {percent(b.low)} to {percent(b.high)} sure"
    width, height = round(right - left - 2, 1), max(1.0, round(chart.y.start - top, 1))
    return Bar(left + 1, chart.y.start - height, width, height, title)
