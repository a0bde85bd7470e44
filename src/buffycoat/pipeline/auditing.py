"""`buffycoat audit`: a score and a flag column for each check of the images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from buffycoat.curation.checks.check import Check, build_check
from buffycoat.curation.checks.scores import check_names, score_samples
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
    so: '{name = "blur", low = 0.002}'.

    Args:
        table: A sample table.
        out: The table to write, with `check_<name>` and `flag_<name>` columns.
        check: The checks to make; all, if none is named.

    Raises:
        SettingError: for a check that does not exist, is named twice, or fails.
        DiskError: when the table cannot be written.
    """
    if out:
        check_writable(out)
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    chosen = _chosen(check)
    n = samples.frame["excluded_because"].null_count()
    with progress("checking images", n) as moved:
        frame = score_samples(samples, chosen, on_progress=lambda done: moved(done, n))
    counts = {each.name: _counts(each, frame) for each in chosen}
    audited = samples.stepped("audit", frame, checks=counts)
    _say_flags(audited, chosen)
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


def _counts(check: Check, frame: pl.DataFrame) -> dict[str, Any]:
    """What the table remembers of a check."""
    flags = frame[f"flag_{check.name}"]
    limits = {"low": check.limits.low, "high": check.limits.high}
    return {**limits, "n_checked": len(flags) - flags.null_count(), "n_flagged": flags.sum()}


def _say_flags(samples: SampleTable, chosen: Sequence[Check]) -> None:
    """Print for each check what it flags, how many images, and the furthest out."""
    rows = []
    for check in chosen:
        score, flag = f"check_{check.name}", f"flag_{check.name}"
        flagged = samples.frame.filter(pl.col(flag)).sort(_distance(check), descending=True)
        shown = [
            f"{name} ({value:.3g})" for name, value in flagged.select("sample_id", score).rows()
        ]
        rows.append((check.name, str(check.limits), len(flagged), ", ".join(shown[:2])))
    say_frame(pl.DataFrame(rows, ["check", "flags", "images", "furthest out"], orient="row"))
    kept = samples.frame.filter(pl.col("excluded_because").is_null())
    n_flagged = len(kept.filter(pl.any_horizontal(f"flag_{check.name}" for check in chosen)))
    before = len(samples.frame) - len(kept)
    skipped = f" ({before} that were excluded before were not checked)" if before else ""
    say(f"{n_flagged} of {len(kept)} images are flagged by some check; none is excluded{skipped}")
    for check in chosen:
        if kept[f"flag_{check.name}"].sum() * 2 > len(kept):
            said = "more than half are flagged: that is how these images are, or its limits are not"
            say(f"note: {check.name}: {said} for them", "yellow")


def _distance(check: Check) -> pl.Expr:
    """How far a score is outside the limits."""
    score, limits = pl.col(f"check_{check.name}"), check.limits
    outside = [limits.low - score] if limits.low is not None else []
    outside += [score - limits.high] if limits.high is not None else []
    return pl.max_horizontal(outside)
