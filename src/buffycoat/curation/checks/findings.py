"""What checks found in a table: one finding each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from buffycoat.curation.checks.check import Check
from buffycoat.curation.checks.looks import look_name
from buffycoat.curation.finding import Finding
from buffycoat.curation.looks.look import Looked
from buffycoat.tables.samples import SampleTable

__all__ = ["check_findings"]


def check_findings(samples: SampleTable, chosen: Sequence[Check], looked: Looked) -> list[Finding]:
    """One finding for each check, in their order.

    Rows that were excluded before are not checked, nor do they count for what is usual. A check
    that fails on an image leaves it without a score; how often is said.

    Args:
        samples: The table, N rows.
        chosen: The checks.
        looked: What `look_at` saw of the table through `check_looks(chosen)`.
    """
    kept = samples.frame["excluded_because"].is_null().to_numpy()
    found = []
    for check in chosen:
        measures, failures = (
            _of_table(check, samples, kept) if check.of_table else _of_images(check, looked, kept)
        )
        found.append(_finding(check, samples, measures, failures))
    return found


def _of_images(check: Check, looked: Looked, kept: np.ndarray) -> tuple[np.ndarray, dict[int, str]]:
    """The measures (N,), NaN where there is none, and by row why the check failed there."""
    name = look_name(check)
    measures = np.where(looked.has[name] & kept, looked.arrays[name], np.nan)
    mark = f"{name}: "
    failures = {
        row: said.partition(mark)[2].partition("; check-")[0]
        for row, said in looked.failed.items()
        if mark in said
    }
    return measures, failures


def _of_table(
    check: Check, samples: SampleTable, kept: np.ndarray
) -> tuple[np.ndarray, dict[int, str]]:
    """The same for a check of the table, which fails everywhere or nowhere."""
    measures = np.full(len(kept), np.nan)
    try:
        inside = replace(samples, frame=samples.frame.filter(kept))
        given = np.array(check.measure(inside), dtype=np.float64)
        if given.shape != (len(inside.frame),) or np.isinf(given).any():
            said = f"gave numbers of shape {given.shape} for {len(inside.frame)} rows, or infinite"
            raise ValueError(said)
    except Exception as error:
        reason = str(error) or error.__class__.__name__
        return measures, dict.fromkeys(np.flatnonzero(kept).tolist(), reason)
    measures[kept] = given
    return measures, {}


def _finding(
    check: Check, samples: SampleTable, measures: np.ndarray, failures: dict[int, str]
) -> Finding:
    flags = check.limits.flagged(measures)
    n_checked = int(np.isfinite(measures).sum())
    n_outside = int(check.limits.outside(measures).sum())
    said = [_said_of_flags(check, n_checked, n_outside), *_said_of_failures(samples, failures)]
    limits = {"low": check.limits.low, "high": check.limits.high}
    counts = {"n_checked": n_checked, "n_flagged": int(flags.sum()), "n_failed": len(failures)}
    return Finding(
        name=check.name,
        title=check.name.replace("_", " ").capitalize(),
        said=tuple(said),
        level="look" if flags.any() or failures else "note",
        scores=check.limits.scores(measures),
        flags=flags,
        reasons={row: _reason(check, measures[row]) for row in np.flatnonzero(flags).tolist()},
        columns={f"{check.name}_measure": pl.Series(measures, nan_to_null=True)},
        facts={**limits, **counts, "arguments": dict(check.arguments)},
    )


def _said_of_flags(check: Check, n_checked: int, n_outside: int) -> str:
    measured = check.measured[:1].upper() + check.measured[1:]
    said = f"{measured} is {check.limits} on {n_outside or 'none'} of {n_checked} images"
    if n_outside * 2 <= n_checked:
        return said
    if check.limits.unless_most:
        return f"{said}: most are so, and none is flagged"
    return f"{said}: that is how these images are, or its limits are not for them"


def _said_of_failures(samples: SampleTable, failures: dict[int, str]) -> list[str]:
    if not failures:
        return []
    row = min(failures)
    first = f"the first is {samples.frame['sample_id'][row]}: {failures[row]}"
    return [f"The check failed on {len(failures)} images, which have no score; {first}"]


def _reason(check: Check, measure: float) -> str:
    return f"{check.measured} {measure:.3g}, {check.limits.passed(measure)}"
