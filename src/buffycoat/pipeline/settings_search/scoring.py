"""What a trial of a search of settings is scored by, from the history of its epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from buffycoat.search.settings.search_settings import Score

__all__ = ["Rows", "by_fold", "figure_so_far", "score_of"]

Rows = Sequence[Mapping[str, Any]]
"""Epochs in their order: `phase`, the figures, and `fold` where there are several."""


def score_of(rows: Rows, monitor: str, score: Score) -> float:
    """The figure of the network that was kept, the mean over folds where there are several.

    Args:
        rows: The history of all folds.
        monitor: What the best epoch was chosen by.
        score: Which figure; of distorted rows where the monitor is.
    """
    return _mean([_kept(fold, monitor) for fold in by_fold(rows)], monitor, score)


def figure_so_far(rows: Rows, monitor: str, score: Score) -> float:
    """The mean of the folds that ended, and of the last epoch of the one that did not."""
    *ended, current = by_fold(rows)
    return _mean([*(_kept(fold, monitor) for fold in ended), current[-1]], monitor, score)


def by_fold(rows: Rows) -> list[Rows]:
    """The epochs of each fold, in the order of their first."""
    folds = dict.fromkeys(row.get("fold") for row in rows)
    return [[row for row in rows if row.get("fold") == fold] for fold in folds]


def _kept(rows: Rows, monitor: str) -> Mapping[str, Any]:
    """The epoch whose weights were kept: the best one of the last phase."""
    last = [row for row in rows if row["phase"] == rows[-1]["phase"]]
    pick = min if monitor.endswith("loss") else max
    return pick(last, key=lambda row: float(row[monitor]))


def _mean(epochs: Rows, monitor: str, score: Score) -> float:
    column = f"{monitor.partition('_')[0]}_{score}"
    return sum(float(row[column]) for row in epochs) / len(epochs)
