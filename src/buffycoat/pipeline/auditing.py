"""`buffycoat audit`: what is wrong with a set, in its table, on a page and as decisions."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from buffycoat.errors import SettingError
from buffycoat.pipeline.audit.examining import examine, write_page
from buffycoat.pipeline.audit.material import read_known
from buffycoat.pipeline.audit.results import say_findings, suggest_decisions
from buffycoat.pipeline.audit.settings import AuditSettings, chosen_checks, chosen_parts
from buffycoat.pipeline.console import say
from buffycoat.tables.files import check_table_place, check_writable
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
        SettingError: for a check that does not exist or is named twice, one file for two things,
            or a table's name that ends in neither .csv nor .parquet.
        InputError: for embeddings or predictions of another table.
        DiskError: when a file cannot be written.
    """
    _check_places(table, out, [path for path in (report, decisions) if path])
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    settings = settings or AuditSettings()
    parts, chosen = chosen_parts(settings), chosen_checks(settings)
    known = read_known(samples, settings.embeddings, settings.predictions)
    examined = examine(
        samples,
        parts,
        chosen,
        known,
        older=_older(against),
        seed=settings.seed,
        has_page=report is not None,
    )
    say_findings(examined.samples, examined.findings)
    if out:
        write_samples(examined.samples, out)
        say(f"audited table: {out}")
    if report:
        audited = "TABLE" if isinstance(table, SampleTable) else str(table)
        command = ["buffycoat", "audit", audited]
        write_page(examined, report, shlex.join([*command, "--report", str(report)]))
    if decisions:
        n = suggest_decisions(examined.samples, examined.findings, decisions)
        said = f"`buffycoat exclude TABLE {decisions} --out KEPT` applies them once you have looked"
        say(f"{n or 'no'} suggested decisions: {decisions}{f'; {said}' if n else ''}")
    return examined.samples


def _check_places(table: Path | SampleTable, out: Path | None, foreign: Sequence[Path]) -> None:
    """Refuse to write two things to one file, a page or decisions over the table, or nowhere."""
    given = [] if isinstance(table, SampleTable) else [table]
    for paths in ([*filter(None, [out]), *foreign], [*given, *foreign]):
        places = [Path(path).resolve() for path in paths]
        doubled = next((path for path in places if places.count(path) > 1), None)
        if doubled:
            said = f"{doubled} is named for two things, and the second would replace the first"
            raise SettingError(f"{said}: give each its own file")
    if out:
        check_table_place(out)
    for path in foreign:
        check_writable(path)


def _older(against: Path | SampleTable | None) -> SampleTable | None:
    if against is None or isinstance(against, SampleTable):
        return against
    return read_samples(against)
