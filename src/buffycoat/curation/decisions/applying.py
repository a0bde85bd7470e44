"""Apply decisions to a sample table: all of them, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from buffycoat.curation.decisions.decision import Decision
from buffycoat.curation.splits.classes import LEFT_OUT
from buffycoat.tables.samples import SampleTable

__all__ = ["BY_AUDIT", "BY_DECISION", "Applied", "apply_decisions"]

BY_DECISION = "decision: "
"""How the reason of a row begins that a person excluded or relabelled."""

BY_AUDIT = "audit: "
"""How the reason of a row begins that an audit excluded."""

_CONFLICT = "identical pixels carry another label"
_NO_LABEL = "no label"
_BY_SPLIT = ("shares a group with the given test set", LEFT_OUT)


_DECISION, _LABEL, _WHY = "decided: what", "decided: label", "decided: why"
"""Columns that stand beside a table's own while it is decided on; no table has such names."""


@dataclass(frozen=True)
class Applied:
    """A table after decisions, and what they did to it."""

    samples: SampleTable
    """The table; the same as before where nothing was left to do."""
    excluded: tuple[str, ...]
    """Images that were not excluded before."""
    relabelled: tuple[str, ...]
    """Images whose label is another one than before."""
    brought_back: tuple[str, ...]
    """Images that were excluded before and are not any more."""
    left_out: dict[str, str]
    """Images to keep or to relabel that stay excluded, and why."""
    lost_part: tuple[str, ...]
    """Excluded images that had a part of the split."""
    kept_part: tuple[str, ...]
    """Relabelled images that still have the part which they got by their old label."""


def apply_decisions(samples: SampleTable, decisions: Sequence[Decision]) -> Applied:
    """The table after decisions, at most one for each image; the same ones again change nothing.

    `exclude` gives a row its reason, unless it cannot be used anyway. `relabel` changes `label`;
    `label_given` keeps what the source gave, and `relabelled_because` says why. `keep` and
    `relabel` bring back what an audit, an earlier decision or a conflict of labels excluded, and
    `relabel` also what had no label. Rows that are excluded lose their part of a split, and rows
    that are brought back have none until the table is split again.
    """
    frame = _decided(samples.frame, decisions)
    old, new = samples.frame, frame.select(_columns(samples.frame, frame))
    was_out, is_out = old["excluded_because"].is_not_null(), new["excluded_because"].is_not_null()
    is_new = old["label"].ne_missing(new["label"])
    asked_in = frame[_DECISION].is_in(["keep", "relabel"]).fill_null(value=False)
    stays = new.filter(asked_in & is_out).select("sample_id", "excluded_because").rows()
    had_part = old["split"].is_not_null() | old["fold"].is_not_null()
    if not new.equals(old):
        samples = samples.stepped("exclude", new, **_facts(decisions))
    return Applied(
        samples,
        excluded=tuple(new.filter(is_out & ~was_out)["sample_id"]),
        relabelled=tuple(new.filter(is_new)["sample_id"]),
        brought_back=tuple(new.filter(was_out & ~is_out)["sample_id"]),
        left_out=dict(stays),
        lost_part=tuple(new.filter(is_out & ~was_out & had_part)["sample_id"]),
        kept_part=tuple(new.filter(is_new & ~is_out & had_part)["sample_id"]),
    )


def _decided(frame: pl.DataFrame, decisions: Sequence[Decision]) -> pl.DataFrame:
    """The frame after the decisions, with these beside it."""
    rows = [(d.sample_id, d.decision, d.label, d.reason) for d in decisions]
    schema = dict.fromkeys(("sample_id", _DECISION, _LABEL, _WHY), pl.String())
    decided = pl.DataFrame(rows, schema, orient="row")
    if "relabelled_because" not in frame.columns:
        frame = frame.with_columns(relabelled_because=pl.lit(None, pl.String))
    frame = frame.join(decided, on="sample_id", how="left", maintain_order="left")
    frame = frame.with_columns(excluded_because=_reason())
    is_asked = pl.col(_DECISION) == "relabel"
    is_other = is_asked & pl.col(_LABEL).ne_missing(pl.col("label"))
    is_again = is_asked & pl.col("relabelled_because").is_not_null()
    why = pl.format(f"{BY_DECISION}{{}}", pl.col(_WHY).fill_null("relabelled by hand"))
    is_out = pl.col("excluded_because").is_not_null() & (pl.col(_DECISION) == "exclude")
    return frame.with_columns(
        label=pl.when(is_other).then(_LABEL).otherwise("label"),
        label_given=pl.when(is_other)
        .then(pl.coalesce("label_given", "label"))
        .otherwise("label_given"),
        relabelled_because=pl.when(is_other | is_again).then(why).otherwise("relabelled_because"),
        split=pl.when(~is_out.fill_null(value=False)).then("split"),
        fold=pl.when(~is_out.fill_null(value=False)).then("fold"),
    )


def _reason() -> pl.Expr:
    """`excluded_because` after the decisions."""
    reason, decision = pl.col("excluded_because"), pl.col(_DECISION)
    ours = pl.any_horizontal(
        reason.str.starts_with(begin) for begin in (BY_AUDIT, BY_DECISION, _CONFLICT)
    )
    by_split = pl.any_horizontal(reason.str.starts_with(begin) for begin in _BY_SPLIT)
    gets_label = (decision == "relabel") & (reason == _NO_LABEL)
    is_back = decision.is_in(["keep", "relabel"]) & (
        (ours & (pl.col("label").is_not_null() | (decision == "relabel"))) | gets_label
    )
    is_out = (decision == "exclude") & (reason.is_null() | ours | by_split)
    why = pl.format(f"{BY_DECISION}{{}}", pl.col(_WHY).fill_null("excluded by hand"))
    return pl.when(is_out).then(why).when(is_back).then(None).otherwise(reason)


def _columns(before: pl.DataFrame, after: pl.DataFrame) -> list[str]:
    """The columns to keep: those of before, and the new one where a row was relabelled."""
    has_new = after["relabelled_because"].is_not_null().any()
    name = "relabelled_because"
    more = [name] if has_new and name not in before.columns else []
    return [*before.columns, *more]


def _facts(decisions: Sequence[Decision]) -> dict[str, object]:
    """What the table remembers of the decisions."""
    counts = Counter(each.decision for each in decisions)
    relabelled = [d for d in decisions if d.decision == "relabel"]
    kinds = Counter(f"{d.label}: {d.reason or 'relabelled by hand'}" for d in relabelled)
    return {
        **{f"n_{name}": n for name, n in sorted(counts.items())},
        "relabelled": dict(kinds.most_common()),
    }
