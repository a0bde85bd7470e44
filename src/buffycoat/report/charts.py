"""The parts of a line chart, in pixels; `templates/charts.html` draws them as inline SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.ticker as mticker

__all__ = ["Axis", "Bar", "Chart", "Dot", "Line", "Rule", "Tick", "make_axis", "share_tick", "thin"]


@dataclass(frozen=True)
class Tick:
    """One value on an axis."""

    at: float
    """Where, in pixels."""
    text: str
    """What it says."""


@dataclass(frozen=True)
class Axis:
    """A linear scale from values to pixels, with its ticks."""

    label: str
    low: float
    high: float
    start: float
    """Pixels of the lowest value."""
    end: float
    """Pixels of the highest value."""
    ticks: tuple[Tick, ...]

    def at(self, value: float) -> float:
        """Pixels of a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


@dataclass(frozen=True)
class Line:
    """A curve."""

    kind: str
    """How it looks: a class of the style sheet."""
    points: str
    """`x,y` pairs in pixels."""


@dataclass(frozen=True)
class Dot:
    """A point, perhaps with an interval along y."""

    x: float
    y: float
    title: str
    low: float | None = None
    high: float | None = None
    kind: str = "main"


@dataclass(frozen=True)
class Bar:
    """An upright bar of a histogram."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class Rule:
    """A vertical line with a word beside it."""

    x: float
    text: str
    kind: str = "guide"
    anchor: str = "start"


@dataclass(frozen=True)
class Chart:
    """Everything that is drawn in one frame."""

    title: str
    """What a screen reader says."""
    width: float
    height: float
    x: Axis
    y: Axis
    lines: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    bars: tuple[Bar, ...] = ()
    rules: tuple[Rule, ...] = ()

    def curve(self, kind: str, points: Iterable[tuple[float, float]]) -> Line:
        """A curve through values, in this chart's pixels."""
        placed = [(self.x.at(x), self.y.at(y)) for x, y in points]
        return Line(kind, " ".join(f"{x:g},{y:g}" for x, y in thin(placed)))


def make_axis(
    label: str,
    span: tuple[float, float],
    pixels: tuple[float, float],
    *,
    say: Callable[[float], str] = "{:g}".format,
    n_ticks: int = 5,
    whole: bool = False,
) -> Axis:
    """An axis over a span of values with about `n_ticks` round ticks.

    Args:
        label: What it shows.
        span: Lowest and highest value.
        pixels: Where they lie.
        say: How a tick is written.
        n_ticks: At most so many.
        whole: Ticks at whole numbers alone.
    """
    low, high = span if span[0] < span[1] else (span[0] - 0.5, span[0] + 0.5)
    bare = Axis(label, low, high, *pixels, ())
    locator: Any = mticker.MaxNLocator(n_ticks, steps=[1, 2, 2.5, 5, 10], integer=whole)
    values = [float(v) for v in locator.tick_values(low, high) if low - 1e-9 <= v <= high + 1e-9]
    return Axis(label, low, high, *pixels, tuple(Tick(bare.at(v), say(v)) for v in values))


def share_tick(share: float) -> str:
    """How a tick at a share is written.

    >>> share_tick(0.5), share_tick(0.025)
    ('50%', '2.5%')
    """
    return f"{100 * share:g}%"


def thin(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points without those that lie on the straight line between their neighbours."""
    kept: list[tuple[float, float]] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and _is_between(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return kept


def _is_between(
    before: tuple[float, float], point: tuple[float, float], after: tuple[float, float]
) -> bool:
    """Whether a point lies on a level or upright line between two others."""
    same_x = before[0] == point[0] == after[0]
    same_y = before[1] == point[1] == after[1]
    inside = min(before, after) <= point <= max(before, after)
    return (same_x or same_y) and inside
