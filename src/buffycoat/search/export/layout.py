"""Where boxes stand and how lines run between them: rows from top to bottom, steps aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from buffycoat.search.export.boxes import Box

__all__ = [
    "BOX_PX",
    "GAP_PX",
    "LINE_PX",
    "STEP_PX",
    "Layout",
    "Placed",
    "find_rows",
    "place_column",
]

BOX_PX = 260
LINE_PX = 15
GAP_PX = 30
STEP_PX = 30
Line = tuple[tuple[float, float], ...]
_PADDING, _ASIDE, _LANE, _MARGIN = 8, 24, 14, 24


@dataclass(frozen=True)
class Placed:
    """A box's upper left corner and height."""

    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Everything in pixels."""

    width: float
    height: float
    boxes: tuple[Placed, ...]
    """As many as were given, in that order."""
    lines: tuple[Line, ...]
    """The corners of each line, from a box's lower edge to the upper edge of a later one."""
    kinds: tuple[str, ...]
    """Of each line: next, step where it passes a row by, or link from column to column."""


def find_rows(boxes: Sequence[Box]) -> list[int]:
    """The row of each box, from 0: one below the lowest that it takes from."""
    rows: list[int] = []
    for box in boxes:
        rows.append(max((rows[source] + 1 for source in box.sources), default=0))
    return rows


def place_column(boxes: Sequence[Box]) -> Layout:
    """Each box one row below the lowest one that it takes from; lines past a row run at the right.

    Lines past a row that would lie on one another have a lane each.
    """
    rows = find_rows(boxes)
    n_columns = max(rows.count(row) for row in rows)
    inner = n_columns * BOX_PX + (n_columns - 1) * _ASIDE
    heights = [_height(box) for box in boxes]
    tops = _tops(rows, heights)
    columns = _columns(boxes, rows, inner)
    placed = tuple(Placed(columns[n], tops[rows[n]], heights[n]) for n in range(len(boxes)))
    edges = [(source, n) for n, box in enumerate(boxes) for source in box.sources]
    steps = [(a, b) for a, b in edges if rows[b] - rows[a] > 1]
    lanes = dict(zip(steps, _lanes([(rows[a], rows[b]) for a, b in steps]), strict=True))
    right = _MARGIN + inner + _LANE
    bottoms = [
        max(p.y + p.height for p, r in zip(placed, rows, strict=True) if r == row)
        for row in range(max(rows) + 1)
    ]
    lines = (
        _step(placed[a], placed[b], bottoms[rows[a]], right, lanes[a, b])
        if (a, b) in lanes
        else _next(placed[a], placed[b])
        for a, b in edges
    )
    width = right + _LANE * (max(lanes.values(), default=-1) + 1) + _MARGIN - _LANE
    return Layout(
        width,
        bottoms[-1] + _MARGIN,
        placed,
        tuple(lines),
        tuple("step" if edge in lanes else "next" for edge in edges),
    )


def _height(box: Box) -> float:
    """In pixels; a box without a title is a mere point."""
    if not box.title:
        return 0
    return 2 * _PADDING + LINE_PX * (1 + len(box.details) + bool(box.place))


def _tops(rows: Sequence[int], heights: Sequence[float]) -> list[float]:
    tops, y = [], float(_MARGIN)
    for row in range(max(rows) + 1):
        tops.append(y)
        y += max(h for h, r in zip(heights, rows, strict=True) if r == row) + GAP_PX
    return tops


def _columns(boxes: Sequence[Box], rows: Sequence[int], inner: float) -> list[float]:
    """The left edge of each box; in a row, in the order of what they take from."""
    left = [0.0] * len(boxes)
    for row in range(max(rows) + 1):
        here = [n for n, r in enumerate(rows) if r == row]
        here.sort(key=lambda n: (_mean([left[s] for s in boxes[n].sources]), n))
        start = _MARGIN + (inner - len(here) * BOX_PX - (len(here) - 1) * _ASIDE) / 2
        for place, n in enumerate(here):
            left[n] = start + place * (BOX_PX + _ASIDE)
    return left


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _lanes(spans: Sequence[tuple[int, int]]) -> list[int]:
    """For each span of rows the first lane that no overlapping span has; short ones inside."""
    lanes = [-1] * len(spans)
    for n in sorted(range(len(spans)), key=lambda n: (spans[n][1] - spans[n][0], spans[n])):
        taken = {
            lanes[other]
            for other, (start, end) in enumerate(spans)
            if lanes[other] >= 0 and start < spans[n][1] and spans[n][0] < end
        }
        lanes[n] = next(lane for lane in range(len(spans)) if lane not in taken)
    return lanes


def _step(one: Placed, other: Placed, bottom: float, right: float, lane: int) -> Line:
    """Out below the row of a box, down a lane at the right, and in above the other."""
    (x, y), (end_x, end_y) = _ends(one, other)
    x, end_x, lane_x = x + STEP_PX, end_x + STEP_PX, right + _LANE * lane
    # Lines of different lanes that meet above one row stay apart.
    aside = GAP_PX / 6 + 3 * (lane % 3)
    below, above = bottom + aside, end_y - aside - 2
    return (x, y), (x, below), (lane_x, below), (lane_x, above), (end_x, above), (end_x, end_y)


def _next(one: Placed, other: Placed) -> Line:
    """From a box to one in the next row."""
    start, end = _ends(one, other)
    if start[0] == end[0]:
        return start, end
    middle = other.y - GAP_PX / 2
    return start, (start[0], middle), (end[0], middle), end


def _ends(one: Placed, other: Placed) -> tuple[tuple[float, float], tuple[float, float]]:
    """The middle of the lower edge of one, and of the upper edge of the other."""
    return (one.x + BOX_PX / 2, one.y + one.height), (other.x + BOX_PX / 2, other.y)
