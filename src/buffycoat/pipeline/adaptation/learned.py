"""What a run has learned from, before and after it was adapted, and which images are new to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from buffycoat.batches.sampling import Balance, learned_shares
from buffycoat.evaluation.selection import group_ids
from buffycoat.runs import Run
from buffycoat.tables.samples import SampleTable, read_samples
from buffycoat.training.settings import LearningSettings

__all__ = [
    "SEEN",
    "learned_parts",
    "learned_rows",
    "met_shares",
    "new_rows",
    "next_part",
    "seen_unlabelled",
    "steps_before",
    "trained_on",
]

SEEN = ("train", "validation")
"""The splits that a run learned from, or chose its epoch by."""

_BEFORE = "learned"


def learned_parts(run: Run) -> list[str]:
    """The sample tables of the runs that it was adapted from, the first one first."""
    found = [name for name in run.facts.get("parts", ()) if name.startswith(_BEFORE)]
    return sorted(found, key=lambda name: (len(name), name))


def next_part(run: Run) -> str:
    """What the sample table of this run is called in a run that is adapted from it."""
    n = len(learned_parts(run))
    return f"{_BEFORE}-{n + 1}.parquet" if n else f"{_BEFORE}.parquet"


def steps_before(run: Run) -> list[str]:
    """The steps of all adaptations that it went through, the first one first."""
    made = run.facts.get("adapted", {})
    return [*made.get("before", ()), *made.get("steps", ())]


def trained_on(run: Run) -> SampleTable:
    """The samples of the training itself, whatever it was adapted to since."""
    return read_samples(run.part((*learned_parts(run), "samples.parquet")[0]))


def met_shares(own: SampleTable, learning: LearningSettings, known: Sequence[str]) -> np.ndarray:
    """How often a run met each of its classes when its head last learned, (C,); they sum to 1.

    Args:
        own: What it was trained on.
        learning: How.
        known: Its classes.
    """
    rows = own.usable.filter(pl.col("split") == "train")
    balance: Balance = "sampling" if learning.classifier_epochs else learning.balance
    if balance == "group-sampling":
        rows = rows.with_columns(group=group_ids(rows)).unique(["group", "label"])
    counts = dict(rows["label"].value_counts().iter_rows())
    return learned_shares(np.array([max(1, counts.get(name, 0)) for name in known]), balance)


def learned_rows(run: Run, splits: Sequence[str] = SEEN) -> pl.DataFrame:
    """`sample_id` and `pixels_sha256` of what it learned from, or chose its epoch by.

    Args:
        run: A run, adapted or not.
        splits: The splits that count.
    """
    kept = pl.col("split").is_in(splits)
    tables = [read_samples(run.part(n)) for n in (*learned_parts(run), "samples.parquet")]
    return pl.concat(t.usable.filter(kept).select("sample_id", "pixels_sha256") for t in tables)


def new_rows(frame: pl.DataFrame, learned: pl.DataFrame) -> pl.DataFrame:
    """The rows of a sample frame whose group holds no image that was learned from.

    Args:
        frame: Rows of a sample table.
        learned: `pixels_sha256` of what was learned from, whatever table it stands in.
    """
    known = frame.join(learned.drop_nulls("pixels_sha256"), on="pixels_sha256", how="semi")
    new = frame.join(known, on="sample_id", how="anti", maintain_order="left")
    groups = known.select("group").drop_nulls().unique()
    return new.join(groups, on="group", how="anti", maintain_order="left")


def seen_unlabelled(frame: pl.DataFrame, run: Run) -> int:
    """How many rows of a sample frame a run was adapted to without their labels."""
    adaptations = (*learned_parts(run), "samples.parquet")[1:]
    tables = [read_samples(run.part(name)).usable.select("pixels_sha256") for name in adaptations]
    if not tables:
        return 0
    return len(frame.join(pl.concat(tables).drop_nulls(), on="pixels_sha256", how="semi"))
