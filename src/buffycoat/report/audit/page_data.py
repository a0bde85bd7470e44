"""The numbers and names that the page's script works with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from buffycoat.curation.finding import Finding
from buffycoat.report.audit.choice import Choice, ranked_rows
from buffycoat.report.audit.sheets import SHEET_SIDE, Sheets
from buffycoat.tables.samples import ORIGINS, SampleTable, data_hash

__all__ = ["MAX_BESIDE", "page_data"]

MAX_BESIDE = 24
"""So many images stand beside one at most; of more it is said how many there are."""

_SHOWN = ("label", "label_given", "split", "source", *ORIGINS, "group", "excluded_because")
_MAP_STEPS = 9_999  # the map is drawn on a grid of so many steps a side


def page_data(
    samples: SampleTable,
    findings: Sequence[Finding],
    choice: Choice,
    sheets: Sheets,
    map_xy: np.ndarray | None,
    without: Mapping[int, str],
) -> dict[str, Any]:
    """What the script needs, as JSON can hold it; images are named by their place in `choice`.

    Args:
        samples: The table, N rows.
        findings: What was found, in the order of the page.
        choice: The rows on the page.
        sheets: Their thumbnails.
        map_xy: Where each row lies on the map, (N, 2); NaN where it does not.
        without: By row number: why there is no thumbnail.
    """
    frame = samples.frame[choice.rows]
    place = np.full(len(samples.frame), -1)
    place[choice.rows] = np.arange(len(choice.rows))
    return {
        "hash": data_hash(samples),
        "classes": list(samples.classes),
        "ids": frame["sample_id"].to_list(),
        "sizes": frame.select("width_px", "height_px").rows(),
        "columns": _columns(frame, findings, choice.rows),
        "findings": [_finding(finding, place) for finding in findings],
        "map": None if map_xy is None else _map(np.asarray(map_xy, np.float64)[choice.rows]),
        "without": {
            i: without[row] for i, row in enumerate(choice.rows.tolist()) if row in without
        },
        "sheets": {
            "side": SHEET_SIDE,
            "px": sheets.thumbnail_px,
            "places": list(sheets.places),
        },
    }


def _columns(
    frame: pl.DataFrame, findings: Sequence[Finding], rows: np.ndarray
) -> list[dict[str, Any]]:
    """Columns of names that are worth showing, each as its names and a number for each image."""
    found = {
        name: column[rows]
        for finding in findings
        for name, column in finding.columns.items()
        if column.dtype == pl.String and name not in _SHOWN
    }
    columns = {name: frame[name] for name in _SHOWN} | found
    if columns["label_given"].equals(columns["label"]):
        del columns["label_given"]
    return [_column(name, column) for name, column in columns.items() if column.drop_nulls().len()]


def _column(name: str, column: pl.Series) -> dict[str, Any]:
    names = sorted(column.drop_nulls().unique())
    number = {value: i for i, value in enumerate(names)}
    values = [number.get(value, -1) for value in column]
    return {"name": name.replace("_", " "), "names": names, "values": values}


def _finding(finding: Finding, place: np.ndarray) -> dict[str, Any]:
    ranked = ranked_rows(finding)
    there = ranked[place[ranked] >= 0]
    rows = there.tolist()
    beside = [[int(other) for other in finding.beside.get(row, ())] for row in rows]
    shown = [[int(place[r]) for r in others if place[r] >= 0][:MAX_BESIDE] for others in beside]
    return {
        "name": finding.name,
        "title": finding.title,
        "rows": place[there].tolist(),
        "scores": _rounded(finding.scores, there),
        "reasons": [finding.reasons.get(row, "") for row in rows],
        "beside": shown,
        "more": [len(others) - len(kept) for others, kept in zip(beside, shown, strict=True)],
    }


def _rounded(scores: np.ndarray | None, rows: np.ndarray) -> list[float | None]:
    """The scores of some rows; None where a row has none."""
    if scores is None:
        return [None] * len(rows)
    known = np.asarray(scores, np.float64)[rows].tolist()
    return [round(score, 3) if math.isfinite(score) else None for score in known]


def _map(xy: np.ndarray) -> list[list[int]]:
    """Both coordinates in whole steps, alike in both directions; -1 where there are none."""
    there = np.isfinite(xy).all(1)
    steps = np.full(xy.shape, -1, np.int64)
    if there.any():
        low, high = xy[there].min(0), xy[there].max(0)
        span = float((high - low).max()) or 1.0
        centred = (xy[there] - (low + high) / 2) / span + 0.5
        steps[there] = np.rint(centred * _MAP_STEPS)
    return [column.tolist() for column in steps.T]
