"""`buffycoat audit`: a score and a flag column for each check of the images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from buffycoat.curation.checks.catalogue import check_names
from buffycoat.curation.checks.check import Check, build_check
from buffycoat.curation.checks.findings import check_findings
from buffycoat.curation.checks.looks import check_looks
from buffycoat.curation.finding import Finding
from buffycoat.curation.looks.look_at import look_at
from buffycoat.errors import SettingError
from buffycoat.pipeline.console import progress, say
from buffycoat.pipeline.summary import say_frame
from buffycoat.registry import Choice
from buffycoat.tables.files import check_writable
from buffycoat.tables.samples import SampleTable, read_samples, write_samples

__all__ = ["audit_samples"]


def audit_samples(
    table: Path | SampleTable,
    /,
    *,
    out: Path | None = None,
    check: tuple[Choice, ...] = (),
) -> SampleTable:
    """Check the images of a table: each check adds a score and a flag; no row is excluded.

    A flag asks for a look, no more. What was excluded before is not checked. Limits are changed
    so: '{name = "blurred", low = 0.002}'.

    Args:
        table: A sample table.
        out: The table to write, with `<name>_score` and `is_<name>` columns.
        check: The checks to make; all, if none is named.

    Raises:
        SettingError: for a check that does not exist or is named twice.
        DiskError: when the table cannot be written.
    """
    if out:
        check_writable(out)
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    chosen = _chosen(check)
    with progress("looking at images") as moved:
        looked = look_at(samples, check_looks(chosen), on_progress=moved)
    findings = check_findings(samples, chosen, looked)
    audited = _joined(samples, findings)
    _say_findings(audited, findings)
    if out:
        write_samples(audited, out)
        say(f"audited table: {out}")
    return audited


def _chosen(given: Sequence[Choice | str] | str) -> list[Check]:
    given = (given,) if isinstance(given, str) else given  # from Python
    choices = [Choice.parse(choice) for choice in given] or [Choice(name) for name in check_names()]
    names = [choice.name for choice in choices]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled:
        raise SettingError(f"check {doubled!r} is named twice: name it once")
    return [build_check(choice) for choice in choices]


def _joined(samples: SampleTable, findings: Sequence[Finding]) -> SampleTable:
    """The table with the columns of each finding."""
    columns = {}
    for finding in findings:
        if finding.scores is None or finding.flags is None:
            continue
        known = pl.Series(np.isfinite(finding.scores))
        flags = pl.select(pl.when(known).then(pl.Series(finding.flags))).to_series()
        columns[f"{finding.name}_score"] = pl.Series(finding.scores, nan_to_null=True)
        columns[f"is_{finding.name}"] = flags
        columns.update(finding.columns)
    facts = {finding.name: dict(finding.facts) for finding in findings}
    return samples.stepped("audit", samples.frame.with_columns(**columns), checks=facts)


def _say_findings(samples: SampleTable, findings: Sequence[Finding]) -> None:
    """Print for each finding what it says, and the worst images."""
    frame = samples.frame
    rows = []
    for finding in findings:
        worst = frame.filter(f"is_{finding.name}").sort(f"{finding.name}_score", descending=True)
        rows.append((finding.name, len(worst), ", ".join(worst["sample_id"].head(2))))
    say_frame(pl.DataFrame(rows, ["check", "images", "worst"], orient="row"))
    for finding in findings:
        for said in finding.said if finding.level != "note" else ():
            say(f"{finding.name}: {said}", "yellow")
    kept = frame.filter(pl.col("excluded_because").is_null())
    n_flagged = len(kept.filter(pl.any_horizontal(f"is_{each.name}" for each in findings)))
    before = len(frame) - len(kept)
    skipped = f" ({before} that were excluded before were not checked)" if before else ""
    say(f"{n_flagged} of {len(kept)} images are flagged by some check; none is excluded{skipped}")
