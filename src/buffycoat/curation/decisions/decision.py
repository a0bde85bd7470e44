"""What was decided about one image, and the CSV of such decisions that a person edits."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from buffycoat.curation.finding import Finding
from buffycoat.tables.files import replacing
from buffycoat.tables.samples import SampleTable

__all__ = [
    "COLUMNS",
    "DECISIONS",
    "FORMULA",
    "Decision",
    "flagged_decisions",
    "write_decisions",
]

DECISIONS = ("keep", "exclude", "relabel")
"""What can be decided."""

COLUMNS = ("sample_id", "decision", "label", "reason")
"""The columns of a CSV of decisions; others are not read."""

FORMULA = re.compile(r"[=+\-@\t\r]")
"""How a text begins that a spreadsheet would compute; it is written with an apostrophe before."""


@dataclass(frozen=True)
class Decision:
    """What is to be done with one image."""

    sample_id: str
    """Its name in the sample table."""
    decision: str
    """One of `DECISIONS`."""
    label: str | None = None
    """The label that it gets, where it is `relabel`."""
    reason: str | None = None
    """Why, in a person's words."""
    because: str | None = None
    """What an audit saw; written for the reader alone."""
    where: str = ""
    """The file and line that it was read from."""


def flagged_decisions(
    samples: SampleTable, finding: Finding, decision: str = "exclude"
) -> list[Decision]:
    """A decision for each row that a finding flags, the highest scores first.

    Args:
        samples: The table, N rows.
        finding: What an analysis found in it.
        decision: What is suggested for them.
    """
    if finding.flags is None or finding.scores is None:
        return []
    rows = np.argsort(-np.nan_to_num(finding.scores), kind="stable")
    names = samples.frame["sample_id"]
    return [
        Decision(names[row], decision, because=_because(finding, row))
        for row in rows[finding.flags[rows]].tolist()
    ]


def _because(finding: Finding, row: int) -> str:
    return ": ".join(filter(None, [finding.title, finding.reasons.get(row)]))


def write_decisions(decisions: Iterable[Decision], path: Path) -> Path:
    """Write a CSV (RFC 4180, UTF-8) that a person edits and `buffycoat exclude` applies.

    What is suggested of one image several times in the same way becomes one line.

    Raises:
        DiskError: when it cannot be written.
    """
    lines: dict[tuple[str, str, str | None], Decision] = {}
    for each in decisions:
        key = (each.sample_id, each.decision, each.label)
        before = lines.get(key)
        lines[key] = each if before is None else _both(before, each)
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "because"])
        for each in lines.values():
            cells = (each.sample_id, each.decision, each.label, each.reason, each.because)
            writer.writerow([_guarded(cell or "") for cell in cells])
    return path


def _both(one: Decision, other: Decision) -> Decision:
    said = dict.fromkeys(filter(None, [one.because, other.because]))
    return replace(one, because="; ".join(said) or None, reason=one.reason or other.reason)


def _guarded(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell
