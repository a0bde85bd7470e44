"""What the page says in words and tables; it stands there without a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from buffycoat.curation.finding import Finding
from buffycoat.report.audit.choice import MAX_PICTURES, Choice, ranked_rows
from buffycoat.report.numbers import counted
from buffycoat.tables.samples import SampleTable

__all__ = [
    "LEVELS",
    "FindingView",
    "TableView",
    "by_level",
    "headline",
    "shown_sentence",
    "view_finding",
]

LEVELS = {"serious": "Serious", "look": "Worth a look", "note": "Good to know"}
"""The levels of a finding and what the page calls them, what matters most first."""

_MAX_TABLE_ROWS = 200


@dataclass(frozen=True)
class TableView:
    """A small table as text."""

    caption: str
    headings: tuple[str, ...]
    are_numbers: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    n_left_out: int
    """Further rows that are not shown."""


@dataclass(frozen=True)
class FindingView:
    """A finding as the page says it."""

    anchor: str
    """Where the page's links find it."""
    title: str
    level: str
    level_said: str
    said: tuple[str, ...]
    tables: tuple[TableView, ...]
    n_flagged: int
    n_left_out: int
    """Flagged images that are too many to be named on the page."""


def by_level(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, what matters most first; of one level in the order given."""
    order = list(LEVELS)
    return sorted(findings, key=lambda finding: order.index(finding.level))


def headline(samples: SampleTable, findings: Sequence[Finding]) -> dict[str, str]:
    """The page's heading: how many images there are, and how many findings of each level."""
    classes = counted(len(samples.classes), "class", "classes")
    images = f"{counted(len(samples.frame), 'image')} in {classes}"
    n = {level: sum(finding.level == level for finding in findings) for level in LEVELS}
    # A note asks for nothing, and is not counted.
    worst = [counted(n["serious"], "serious finding")] if n["serious"] else []
    worst += [f"{n['look']} worth a look"] if n["look"] else []
    splits = samples.frame["split"].value_counts().drop_nulls("split").sort("split").rows()
    parts = [f"{split} {n:,}" for split, n in splits]
    return {
        "images": images,
        "findings": " and ".join(worst) or "nothing that asks for a look",
        "parts": " · ".join(parts) or "no splits",
    }


def shown_sentence(choice: Choice, n_rows: int, thumbnail_px: int) -> str:
    """Which images there are pictures of; empty where there is one of every image."""
    if choice.n_sampled is None:
        return ""
    n_flagged = choice.n_pictures - choice.n_sampled
    left_out = len(choice.rows) - choice.n_pictures
    unseen = f" Of {left_out:,} further ones there is only the name." if left_out else ""
    return (
        f"The table has {n_rows:,} images, and a page shows at most {MAX_PICTURES:,}: here are"
        f" {n_flagged:,} that are flagged or stand beside one, and"
        f" {choice.n_sampled:,} drawn at random from the others, at {thumbnail_px} pixels."
        f"{unseen} The map shows these alone."
    )


def view_finding(finding: Finding, choice: Choice) -> FindingView:
    """A finding in words and tables.

    Args:
        finding: What was found.
        choice: The rows on the page.
    """
    flagged = ranked_rows(finding)
    on_page = int(pl.Series(flagged, dtype=pl.Int64).is_in(choice.rows).sum())
    return FindingView(
        f"finding-{finding.name}",
        finding.title,
        finding.level,
        LEVELS[finding.level],
        tuple(finding.said),
        tuple(_table(caption, frame) for caption, frame in finding.tables.items()),
        len(flagged),
        len(flagged) - on_page,
    )


def _table(caption: str, frame: pl.DataFrame) -> TableView:
    shown = frame.head(_MAX_TABLE_ROWS)
    rows = tuple(tuple(_cell(value) for value in row) for row in shown.iter_rows())
    headings = tuple(name.replace("_", " ") for name in frame.columns)
    are_numbers = tuple(dtype.is_numeric() for dtype in frame.dtypes)
    return TableView(caption, headings, are_numbers, rows, len(frame) - len(shown))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
