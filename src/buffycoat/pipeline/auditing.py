"""`buffycoat audit`: what is wrong with a set, in its table, on a page and as decisions."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np

from buffycoat.curation.looks.look import Looked
from buffycoat.curation.looks.look_at import look_at
from buffycoat.curation.looks.thumbnail import THUMBNAIL
from buffycoat.errors import InputError
from buffycoat.pipeline.audit.analyses import Found, analyse, looks_for
from buffycoat.pipeline.audit.material import read_known
from buffycoat.pipeline.audit.results import join_findings, say_findings, suggest_decisions
from buffycoat.pipeline.audit.settings import AuditSettings, chosen_checks, chosen_parts
from buffycoat.pipeline.audit.shared import compare_sets
from buffycoat.pipeline.console import progress, say
from buffycoat.report.audit.choice import choose_rows
from buffycoat.report.audit.page import build_audit_page
from buffycoat.report.audit.sections import by_level
from buffycoat.tables.files import check_writable
from buffycoat.tables.samples import SampleTable, read_samples, write_samples

__all__ = ["audit_samples"]


def audit_samples(
    table: Path | SampleTable,
    /,
    *,
    out: Path | None = None,
    report: Path | None = None,
    decisions: Path | None = None,
    against: Path | SampleTable | None = None,
    settings: AuditSettings | None = None,
) -> SampleTable:
    """Find what is wrong with a set of images before a network learns it; no row is excluded.

    Copies and the photographs behind them, leakage between splits, repeats, images unlike the
    others, quality, labels that are probably wrong, shortcuts and balance. What was excluded
    before is not looked at. An interrupted audit goes on where it stopped.

    Args:
        table: A sample table.
        out: The table to write, with `<name>_score` and `is_<name>` columns, and with groups that
            keep copies together.
        report: The HTML page to write.
        decisions: The CSV to write, with what the audit would exclude or relabel, for a person to
            edit and for `buffycoat exclude` to apply.
        against: An older sample table: which images show what that set shows?
        settings: What is looked for, and what is known already.

    Raises:
        SettingError: for a check that does not exist or is named twice.
        InputError: for embeddings or predictions of another table.
        DiskError: when a file cannot be written.
    """
    for path in filter(None, (out, report, decisions)):
        check_writable(path)
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    settings = settings or AuditSettings()
    parts, chosen = chosen_parts(settings), chosen_checks(settings)
    known = read_known(samples, settings.embeddings, settings.predictions)
    if not samples.frame["excluded_because"].null_count():
        raise InputError("every row of the table is excluded: there is nothing to audit")
    older = _older(against)
    with progress("looking at images") as moved:
        looked = look_at(samples, looks_for(parts, chosen), on_progress=moved)
    found = analyse(samples, looked, parts, chosen, known, seed=settings.seed)
    if older:
        found = replace(found, findings=(compare_sets(samples, looked, older), *found.findings))
    audited = join_findings(found.samples, found.findings)
    say_findings(audited, found.findings)
    if out:
        write_samples(audited, out)
        say(f"audited table: {out}")
    if report:
        _write_page(replace(found, samples=audited), looked, report, table)
    if decisions:
        n = suggest_decisions(audited, found.findings, decisions)
        said = f"`buffycoat exclude TABLE {decisions} --out KEPT` applies them once you have looked"
        say(f"{n} suggested decisions: {decisions}; {said}")
    return audited


def _older(against: Path | SampleTable | None) -> SampleTable | None:
    if against is None or isinstance(against, SampleTable):
        return against
    return read_samples(against)


def _write_page(found: Found, looked: Looked, report: Path, table: Path | SampleTable) -> None:
    """The page, with thumbnails of the rows that it shows."""
    frame = found.samples.frame
    choice = choose_rows(len(frame), by_level(found.findings))
    shown = np.sort(choice.rows[: choice.n_pictures])
    is_shown = np.zeros(len(frame), bool)
    is_shown[shown] = True
    unseen = replace(
        found.samples,
        frame=frame.with_columns(excluded_because=None).filter(is_shown),
    )
    with progress("drawing thumbnails") as moved:
        small = look_at(unseen, [THUMBNAIL], on_progress=moved)
    thumbnails = dict(zip(shown.tolist(), small.arrays[THUMBNAIL.name], strict=True))
    without = {int(shown[row]): why for row, why in small.failed.items()}
    command = ["buffycoat", "audit", str(table) if isinstance(table, Path) else "TABLE"]
    build_audit_page(
        found.samples,
        found.findings,
        thumbnails,
        found.map_xy,
        report,
        without=without | dict(looked.failed),
        command=shlex.join([*command, "--report", str(report)]),
    )
    size = report.stat().st_size / 1e6
    say(f"page: {report} ({size:.1f} MB)")
