"""A long network in several columns side by side, cut where one line alone goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from buffycoat.search.export.boxes import Box
from buffycoat.search.export.layout import (
    BOX_PX,
    GAP_PX,
    Layout,
    Placed,
    find_rows,
    place_column,
)

__all__ = ["place_boxes"]

_MOST_ROWS = 16
Line = tuple[tuple[float, float], ...]


def place_boxes(boxes: Sequence[Box], most_rows: int = _MOST_ROWS) -> Layout:
    """The boxes in columns of about so many rows; one column where nothing can be cut.

    Args:
        boxes: In the order of computation.
        most_rows: Rows of a column, from 1; a column is longer where skips leave no cut.
    """
    rows = find_rows(boxes)
    starts = _starts(boxes, rows, most_rows)
    whole = Layout(0, 0, (), (), ())
    placed: dict[int, Placed] = {}
    for start, end in zip(starts, [*starts[1:], max(rows) + 1], strict=True):
        here = [n for n, row in enumerate(rows) if start <= row < end]
        part = place_column(_alone([boxes[n] for n in here], here))
        whole, shift = _beside(whole, part), whole.width
        for n, place in zip(here, part.boxes, strict=True):
            placed[n] = replace(place, x=place.x + shift)
        source = next((s for s in boxes[here[0]].sources if s not in here), None)
        if source is not None:
            link = _link(placed[source], placed[here[0]], shift)
            whole = replace(whole, lines=(*whole.lines, link), are_steps=(*whole.are_steps, False))
    return replace(whole, boxes=tuple(placed[n] for n in range(len(boxes))))


def _starts(boxes: Sequence[Box], rows: Sequence[int], most_rows: int) -> list[int]:
    """The first row of each column."""
    edges = [(rows[s], rows[n]) for n, box in enumerate(boxes) for s in box.sources]
    starts = [0]
    last_cut = None
    for row in range(1, max(rows) + 1):
        crossing = [(a, b) for a, b in edges if a < row <= b]
        if crossing == [(row - 1, row)]:
            last_cut = row
        if row + 1 - starts[-1] > most_rows and last_cut is not None and last_cut > starts[-1]:
            starts.append(last_cut)
    return starts


def _alone(boxes: Sequence[Box], numbers: Sequence[int]) -> list[Box]:
    """Boxes of one column, what they take counted within it."""
    place = {number: n for n, number in enumerate(numbers)}
    return [
        replace(box, sources=tuple(place[s] for s in box.sources if s in place)) for box in boxes
    ]


def _beside(whole: Layout, part: Layout) -> Layout:
    lines = (tuple((x + whole.width, y) for x, y in line) for line in part.lines)
    return Layout(
        whole.width + part.width,
        max(whole.height, part.height),
        (),
        (*whole.lines, *lines),
        (*whole.are_steps, *part.are_steps),
    )


def _link(one: Placed, other: Placed, between: float) -> Line:
    """From the foot of one column to the head of the next, up between them."""
    start, end = (one.x + BOX_PX / 2, one.y + one.height), (other.x + BOX_PX / 2, other.y)
    below, above = start[1] + GAP_PX / 3, end[1] - GAP_PX / 3
    return start, (start[0], below), (between, below), (between, above), (end[0], above), end
