"""An audit from its table to findings in the table, and its page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from buffycoat.curation.checks.check import Check
from buffycoat.curation.finding import Finding
from buffycoat.curation.looks.look_at import look_at
from buffycoat.curation.looks.thumbnail import THUMBNAIL
from buffycoat.pipeline.audit.analyses import analyse, looks_for
from buffycoat.pipeline.audit.material import Known
from buffycoat.pipeline.audit.ordering import by_sample, put_back, rearranged
from buffycoat.pipeline.audit.results import join_findings
from buffycoat.pipeline.audit.settings import Part
from buffycoat.pipeline.audit.shared import compare_sets
from buffycoat.pipeline.audit.unread import refuse_empty, warn_of_unread
from buffycoat.pipeline.console import progress, say
from buffycoat.report.audit.choice import MAX_PICTURES, choose_rows
from buffycoat.report.audit.page import build_audit_page
from buffycoat.report.audit.sections import by_level
from buffycoat.tables.samples import SampleTable

__all__ = ["Examined", "examine", "write_page"]


@dataclass(frozen=True)
class Examined:
    """A table that was audited."""

    samples: SampleTable
    """The table with what was found as columns, and groups that keep copies together."""
    findings: tuple[Finding, ...]
    """What was found."""
    map_xy: np.ndarray | None
    """Where each row lies on the map (N, 2), where one was made."""


def examine(
    samples: SampleTable,
    parts: Collection[Part],
    checks: Sequence[Check],
    known: Known | None = None,
    *,
    older: SampleTable | None = None,
    seed: int = 0,
    has_page: bool = False,
) -> Examined:
    """Look at all images of a table once, and analyse what was seen, in the order of sample_id.

    Args:
        samples: The table.
        parts: What to look for.
        checks: The checks of image quality.
        known: What networks know of the images already.
        older: A set to compare with.
        seed: What the folds of the label check and the map depend on.
        has_page: Whether a page will show the images: they are seen in small too.

    Raises:
        InputError: when every row is excluded, or no image can be read.
    """
    refuse_empty(samples)
    rows = by_sample(samples)
    samples = rearranged(samples, rows)
    looks = looks_for(set(parts), checks)
    looks += [THUMBNAIL] if has_page and len(samples.frame) <= MAX_PICTURES else []
    with progress("looking at images") as moved:
        looked = look_at(samples, looks, on_progress=moved)
    warn_of_unread(samples, looked)
    known = (known or Known()).of_rows(rows)
    found = analyse(samples, looked, set(parts), checks, known, seed=seed)
    findings = found.findings
    if older:
        older = rearranged(older, by_sample(older))
        findings = (compare_sets(samples, looked, older), *findings)
    place = np.argsort(rows)
    findings = tuple(put_back(finding, rows) for finding in findings)
    audited = join_findings(rearranged(found.samples, place), findings)
    return Examined(audited, findings, None if found.map_xy is None else found.map_xy[place])


def write_page(examined: Examined, report: Path, command: str = "") -> Path:
    """The page of an audit, with pictures of the rows that it shows.

    Raises:
        DiskError: when it cannot be written.
    """
    frame = examined.samples.frame
    choice = choose_rows(len(frame), by_level(examined.findings))
    shown = np.sort(choice.rows[: choice.n_pictures])
    seen, failed = _thumbnails(examined.samples, shown)
    build_audit_page(
        examined.samples,
        examined.findings,
        dict(zip(shown.tolist(), seen, strict=True)),
        examined.map_xy,
        report,
        without=failed,
        command=command,
    )
    say(f"page: {report} ({report.stat().st_size / 1e6:.1f} MB)")
    return report


def _thumbnails(samples: SampleTable, shown: np.ndarray) -> tuple[np.ndarray, dict[int, str]]:
    """The rows' images in small (M, 64, 64, 3), those of excluded rows too, and what failed."""
    is_shown = np.zeros(len(samples.frame), bool)
    is_shown[shown] = True
    frame = samples.frame.with_columns(excluded_because=None).filter(is_shown)
    with progress("drawing thumbnails") as moved:
        small = look_at(replace(samples, frame=frame), [THUMBNAIL], on_progress=moved)
    failed = {int(shown[row]): why for row, why in small.failed.items()}
    return small.arrays[THUMBNAIL.name], failed
