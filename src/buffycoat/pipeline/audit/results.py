"""What an audit leaves: columns in the table, sentences on the console, decisions to edit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from buffycoat.curation.decisions.decision import Decision, flagged_decisions, write_decisions
from buffycoat.curation.finding import Finding
from buffycoat.pipeline.console import say
from buffycoat.pipeline.summary import say_frame
from buffycoat.tables.samples import SampleTable

__all__ = ["join_findings", "say_findings", "suggest_decisions"]

_COLOURS = {"serious": "bold red", "look": "yellow", "note": None}


def join_findings(samples: SampleTable, findings: Sequence[Finding]) -> SampleTable:
    """The table with `<name>_score` and `is_<name>` of each finding, and its further columns.

    What an earlier audit wrote under the name of a finding is replaced, also by nothing.
    """
    columns: dict[str, pl.Series] = {}
    bare = [each.name for each in findings if each.scores is None]
    stale = [column for name in bare for column in (f"{name}_score", f"is_{name}")]
    frame = samples.frame.drop(stale, strict=False)
    for finding in findings:
        if finding.scores is not None and finding.flags is not None:
            known = pl.Series(np.isfinite(finding.scores))
            flags = pl.select(pl.when(known).then(pl.Series(finding.flags))).to_series()
            columns[f"{finding.name}_score"] = pl.Series(finding.scores, nan_to_null=True)
            columns[f"is_{finding.name}"] = flags
        columns.update(finding.columns)
    facts = {finding.name: _facts(finding) for finding in findings}
    return samples.stepped("audit", frame.with_columns(**columns), findings=facts)


def _facts(finding: Finding) -> dict[str, object]:
    n = {} if finding.flags is None else {"n_flagged": int(finding.flags.sum())}
    return {"level": finding.level, "said": list(finding.said), **n, **finding.facts}


def say_findings(samples: SampleTable, findings: Sequence[Finding]) -> None:
    """Print what matters, most serious first, and how many images each finding flags."""
    for level in ("serious", "look"):
        for finding in findings:
            for said in finding.said if finding.level == level else ():
                say(f"{finding.title}: {said}", _COLOURS[level])
    rows, any_flag = [], np.zeros(len(samples.frame), bool)
    for each in findings:
        if each.scores is not None and each.flags is not None and each.flags.any():
            worst = _worst(samples, each.scores, each.flags)
            rows.append((each.name, int(each.flags.sum()), worst))
            if each.level != "note":
                any_flag |= each.flags  # what published rules would do is no finding of ours
    if rows:
        say_frame(pl.DataFrame(rows, ["finding", "images", "highest scores"], orient="row"))
    kept = samples.frame["excluded_because"].is_null().to_numpy()
    before = int((~kept).sum())
    skipped = f" ({before} that were excluded before were not looked at)" if before else ""
    n = int((any_flag & kept).sum())
    say(f"{n} of {kept.sum()} images are flagged; none is excluded{skipped}")


def _worst(samples: SampleTable, scores: np.ndarray, flags: np.ndarray) -> str:
    order = np.argsort(-np.where(flags, scores, -1.0), kind="stable")
    names = [samples.frame["sample_id"][int(row)] for row in order[: min(2, int(flags.sum()))]]
    return ", ".join(names)


def suggest_decisions(samples: SampleTable, findings: Sequence[Finding], path: Path) -> int:
    """Write what the audit would do as decisions for a person to edit; how many there are.

    Repeats and outliers would be excluded, and a label that is probably wrong changed; not where
    what judged the labels is often wrong itself.
    """
    decisions: list[Decision] = []
    taken: set[str] = set()
    for finding in findings:
        if finding.flags is None:
            continue
        if finding.name in ("repeat", "outlier"):
            new = [
                each for each in flagged_decisions(samples, finding) if each.sample_id not in taken
            ]
        elif finding.name == "label_error" and not finding.facts.get("is_weak"):
            new = [each for each in _relabelled(samples, finding) if each.sample_id not in taken]
        else:
            continue
        taken |= {each.sample_id for each in new}
        decisions += new
    write_decisions(decisions, path)
    return len(decisions)


def _relabelled(samples: SampleTable, finding: Finding) -> list[Decision]:
    suggested = dict(
        zip(samples.frame["sample_id"], finding.columns["label_suggested"], strict=True)
    )
    return [
        Decision(each.sample_id, "relabel", suggested[each.sample_id], because=each.because)
        for each in flagged_decisions(samples, finding, "relabel")
    ]
