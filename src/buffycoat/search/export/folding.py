"""A long network in several columns side by side, cut where one result alone goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from buffycoat.search.export.boxes import Box
from buffycoat.search.export.layout import (
    BOX_PX,
    GAP_PX,
    STEP_PX,
    Layout,
    Placed,
    find_rows,
    place_column,
)

__all__ = ["place_boxes"]

_MOST_ROWS = 16


def place_boxes(boxes: Sequence[Box], most_rows: int = _MOST_ROWS) -> Layout:
    """The boxes in columns of about so many rows; one column where nothing can be cut.

    Args:
        boxes: In the order of computation.
        most_rows: Rows of a column, from 1; one is longer where no single result goes on alone.
    """
    rows = find_rows(boxes)
    starts = _starts(boxes, rows, most_rows)
    whole = Layout(0, 0, (), (), ())
    placed: dict[int, Placed] = {}
    for start, end in zip(starts, [*starts[1:], max(rows) + 1], strict=True):
        here = [n for n, row in enumerate(rows) if start <= row < end]
        source = next((s for n in here for s in boxes[n].sources if s not in here), None)
        # A column goes on from the box before it, which stands at its head as a mere point.
        column = here if source is None else [source, *here]
        part = place_column(_alone(boxes, column, source))
        whole, shift = _beside(whole, part), whole.width
        moved = [replace(place, x=place.x + shift) for place in part.boxes]
        if source is not None:
            whole = _linked(whole, placed[source], moved[0], shift)
        placed.update((n, p) for n, p in zip(column, moved, strict=True) if n != source)
    return replace(whole, boxes=tuple(placed[n] for n in range(len(boxes))))


def _starts(boxes: Sequence[Box], rows: Sequence[int], most_rows: int) -> list[int]:
    """The first row of each column."""
    edges = [(s, rows[s], rows[n]) for n, box in enumerate(boxes) for s in box.sources]
    starts = [0]
    last_cut = None
    for row in range(1, max(rows) + 1):
        crossing = {s for s, a, b in edges if a < row <= b}
        if len(crossing) == 1 and rows[crossing.pop()] == row - 1:
            last_cut = row
        if row + 1 - starts[-1] > most_rows and last_cut is not None and last_cut > starts[-1]:
            starts.append(last_cut)
    return starts


def _alone(boxes: Sequence[Box], column: Sequence[int], source: int | None) -> list[Box]:
    """Boxes of one column, what they take counted within it."""
    place = {number: n for n, number in enumerate(column)}
    return [
        Box("")
        if number == source
        else replace(boxes[number], sources=tuple(place[s] for s in boxes[number].sources))
        for number in column
    ]


def _beside(whole: Layout, part: Layout) -> Layout:
    lines = (tuple((x + whole.width, y) for x, y in line) for line in part.lines)
    return Layout(
        whole.width + part.width,
        max(whole.height, part.height),
        (),
        (*whole.lines, *lines),
        (*whole.kinds, *part.kinds),
    )


def _linked(whole: Layout, one: Placed, point: Placed, between: float) -> Layout:
    """With a line from the foot of one column, up beside the next, to the point at its head."""
    x, below = one.x + BOX_PX / 2, one.y + one.height + GAP_PX / 3
    # As far as where steps aside begin.
    end = (point.x + BOX_PX / 2 + STEP_PX, point.y)
    corners = ((x, one.y + one.height), (x, below), (between, below), (between, point.y), end)
    return replace(whole, lines=(*whole.lines, corners), kinds=(*whole.kinds, "link"))
