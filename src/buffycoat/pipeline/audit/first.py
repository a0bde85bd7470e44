"""The audit that `run` begins with: as much of it as a part of the budget allows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from buffycoat.curation.checks.check import Check
from buffycoat.curation.decisions.applying import BY_AUDIT
from buffycoat.curation.finding import Finding
from buffycoat.curation.looks.look_at import look_at
from buffycoat.pipeline.audit.analyses import looks_for
from buffycoat.pipeline.audit.examining import Examined, examine
from buffycoat.pipeline.audit.results import say_findings
from buffycoat.pipeline.audit.settings import AuditSettings, Part, chosen_checks
from buffycoat.pipeline.budget import Budget
from buffycoat.pipeline.console import say
from buffycoat.tables.samples import SampleTable

__all__ = ["audit_first"]

_ORDER: tuple[Part, ...] = ("copies", "outliers", "shortcuts", "quality", "labels", "map")
"""What is kept longest where time is short: copies decide what a split may not divide."""

_SHARE = 0.25
"""Of the budget; the rest is for training."""

_N_TIMED = 48
_ANALYSED_S = {
    "copies": 0.01,
    "outliers": 0.0005,
    "shortcuts": 0.0006,
    "labels": 0.001,
    "map": 0.002,
}
"""Seconds for each image that an analysis took on PBC and on the Kaggle set, on two cores, after
the images were looked at."""


def audit_first(samples: SampleTable, budget: Budget, seed: int = 0) -> Examined:
    """The table audited; foreign pictures that stand in it several times are left out.

    Args:
        samples: The imported table.
        budget: The time of the whole command.
        seed: What the folds of the label check and the map depend on.
    """
    checks = chosen_checks(AuditSettings())
    parts = _affordable(samples, checks, budget.total_s * _SHARE)
    left_out = [part for part in _ORDER if part not in parts]
    if left_out:
        again = "`buffycoat audit` on the run's samples.parquet looks for them"
        say(f"the audit leaves out, for want of time: {', '.join(left_out)}; {again}", "yellow")
    examined = examine(samples, parts, checks, seed=seed, has_page=True)
    say_findings(examined.samples, examined.findings)
    return replace(examined, samples=_without_foreign(examined.samples, examined.findings))


def _affordable(samples: SampleTable, checks: Sequence[Check], seconds: float) -> list[Part]:
    """As many parts, in their order, as can be made in so many seconds; copies always."""
    rows = samples.frame.filter(pl.col("excluded_because").is_null())
    n = len(rows)
    step = max(1, n // _N_TIMED)
    timed = replace(samples, frame=rows[::step].head(_N_TIMED))
    first = replace(timed, frame=timed.frame.head(1))
    parts: list[Part] = []
    for part in _ORDER:
        looks = [replace(look, version=None) for look in looks_for({part}, checks)]
        look_at(first, looks)  # libraries load, once and for all
        began = time.monotonic()
        look_at(timed, looks)
        each = (time.monotonic() - began) / max(1, len(timed.frame))
        seconds -= n * (each + _ANALYSED_S.get(part, 0.0))
        if seconds < 0 and part != "copies":
            break
        parts.append(part)
    return parts


def _without_foreign(samples: SampleTable, findings: tuple[Finding, ...]) -> SampleTable:
    """The table in which exact repeats of a picture unlike all others are left out."""
    by_name = {finding.name: finding for finding in findings}
    repeat, outlier = by_name.get("repeat"), by_name.get("outlier")
    if repeat is None or repeat.flags is None or outlier is None or outlier.flags is None:
        return samples
    usable = samples.frame["excluded_because"].is_null().to_numpy()
    rows = np.flatnonzero(repeat.flags & outlier.flags & usable)
    if not len(rows):
        return samples
    reasons: list[str | None] = [None] * len(samples.frame)
    for row in rows.tolist():
        reasons[row] = f"{BY_AUDIT}{repeat.reasons.get(row, 'a picture unlike the others')}"
    reason = pl.coalesce("excluded_because", pl.Series(reasons, dtype=pl.String))
    say(f"{len(rows)} foreign pictures are left out, each several times in the set", "yellow")
    frame = samples.frame.with_columns(excluded_because=reason)
    return samples.stepped("leave out foreign repeats", frame, n=len(rows))
