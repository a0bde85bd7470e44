"""One HTML page from findings: what matters first, the pictures, the map and the decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from buffycoat.curation.finding import Finding
from buffycoat.report.audit.choice import MAX_ROWS, choose_rows
from buffycoat.report.audit.page_data import page_data
from buffycoat.report.audit.scripts import read_script, script_hash, to_json
from buffycoat.report.audit.sections import by_level, headline, shown_sentence, view_finding
from buffycoat.report.audit.sheets import make_sheets
from buffycoat.report.card import exclusions
from buffycoat.report.rendering import write_page
from buffycoat.tables.samples import SampleTable

__all__ = ["SCRIPTS", "build_audit_page"]

SCRIPTS = (
    "data.js",
    "sheets.js",
    "csv.js",
    "decisions.js",
    "controls.js",
    "detail.js",
    "gallery.js",
    "colours.js",
    "map_pictures.js",
    "map_view.js",
    "map.js",
    "bar.js",
)
"""The parts of the page's script, in their order."""


def build_audit_page(
    samples: SampleTable,
    findings: Sequence[Finding],
    thumbnails: np.ndarray | Mapping[int, np.ndarray],
    map_xy: np.ndarray | None,
    out: Path,
    *,
    without: Mapping[int, str] | None = None,
    command: str = "",
) -> Path:
    """The page, written whole or not at all; the same input gives the same bytes.

    Args:
        samples: The table that was audited, N rows.
        findings: What was found; the page puts what matters most first.
        thumbnails: (N, 64, 64, 3) uint8, or by row number (64, 64, 3): of a large table
            those of `choose_rows` are enough.
        map_xy: Where each row lies on the map of the set, (N, 2), NaN where it does not; None
            leaves the map out.
        out: The HTML file.
        without: By row number: why there is no thumbnail, though the array has a place for it.
        command: What makes the page again; empty to leave it out.

    Raises:
        DiskError: when it cannot be written.
    """
    ordered = by_level(findings)
    choice = choose_rows(len(samples.frame), ordered)
    missing = without or {}
    sheets = make_sheets(choice, thumbnails, missing)
    data = page_data(samples, ordered, choice, sheets, map_xy, missing)
    script = read_script(SCRIPTS)
    return write_page(
        out,
        "audit/page.html",
        styles=["audit/audit.css"],
        script_policy=f"; script-src '{script_hash(script)}'",
        headline=headline(samples, ordered),
        data_hash=data["hash"],
        max_rows=MAX_ROWS,
        findings=[view_finding(finding, choice) for finding in ordered],
        shown=shown_sentence(choice, len(samples.frame), sheets.thumbnail_px),
        has_map=map_xy is not None and bool(np.isfinite(map_xy).all(1).any()),
        data=to_json(data),
        sheets=sheets.pictures,
        script=script,
        exclusions=exclusions(samples, {}),
        notes_of_data=samples.notes,
        command=command,
    )
