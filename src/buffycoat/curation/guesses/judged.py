"""The rows of a table whose labels can be judged, with the probabilities to judge them by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from buffycoat.curation.guesses.embeddings import beside
from buffycoat.curation.guesses.folds import deal_folds, groups_of
from buffycoat.curation.guesses.linear import linear_guesses
from buffycoat.tables.samples import SampleTable

__all__ = ["Judged", "judge_rows", "known_rows", "together"]

_N_FOLDS = 5
_N_CHUNK = 10_000


@dataclass(frozen=True)
class Judged:
    """The rows that could be judged, ordered by sample_id."""

    rows: np.ndarray
    """Their numbers in the table, (n,)."""
    labels: np.ndarray
    """Their class ids, (n,)."""
    p: np.ndarray
    """Out-of-fold probabilities, (n, C), with sum 1."""
    is_given: bool
    """Whether all of these were given, none of them made here."""


def judge_rows(
    samples: SampleTable,
    features: np.ndarray,
    probabilities: np.ndarray | None,
    *,
    seed: int,
    on_progress: Callable[[int, int], None] | None,
) -> Judged:
    """Given probabilities where they are known, and linear guesses elsewhere.

    Rows of a class of one group are not guessed: nothing else would teach that class.
    """
    kept = pl.col("excluded_because").is_null() & pl.col("label").is_not_null()
    rows = samples.frame.with_row_index("row").filter(kept).sort("sample_id")
    numbers = rows["row"].to_numpy().astype(np.int64)
    labels = _class_ids(rows, samples.classes)
    p = np.full((len(rows), len(samples.classes)), np.nan)
    if probabilities is not None:
        p = np.array(probabilities[numbers], np.float64)
        p[~(np.isfinite(p).all(axis=1) & (p.sum(axis=1) > 0))] = np.nan
    is_open = np.isnan(p).any(axis=1)
    asked = np.flatnonzero(is_open & known_rows(features)[numbers])
    asked = asked[_in_two_groups(labels[asked], groups_of(rows[asked]))]
    if len(asked):
        groups = groups_of(rows[asked])
        folds = deal_folds(labels[asked], groups, min(_N_FOLDS, groups.n_unique()), seed)
        p[asked] = linear_guesses(
            features,
            labels[asked],
            folds,
            p.shape[1],
            rows=numbers[asked],
            seed=seed,
            on_progress=on_progress,
        )
    known = np.isfinite(p).all(axis=1)
    p = p[known] / p[known].sum(axis=1, keepdims=True)
    return Judged(numbers[known], labels[known], p, not (is_open & known).any())


def _class_ids(rows: pl.DataFrame, classes: tuple[str, ...]) -> np.ndarray:
    ids = {name: i for i, name in enumerate(classes)}
    return rows["label"].replace_strict(ids, return_dtype=pl.Int64).to_numpy()


def _in_two_groups(labels: np.ndarray, groups: pl.Series) -> np.ndarray:
    """Which rows (n,) are of a class that has at least two groups."""
    rows = pl.DataFrame({"label": labels, "group": groups})
    return rows.select(pl.col("group").n_unique().over("label") > 1).to_series().to_numpy()


def known_rows(features: np.ndarray) -> np.ndarray:
    """Which rows (N,) of features (N, D) are numbers throughout; little memory for any N."""
    found = np.zeros(len(features), bool)
    for start in range(0, len(features), _N_CHUNK):
        found[start : start + _N_CHUNK] = np.isfinite(features[start : start + _N_CHUNK]).all(1)
    return found


def together(features: np.ndarray, embeddings: np.ndarray) -> np.ndarray:
    """Both kinds of features side by side (N, D + K), NaN where one of them is missing."""
    has = known_rows(features) & known_rows(embeddings)
    if not has.any():
        return np.full((len(features), 1), np.nan, np.float32)
    known = beside(features[has], embeddings[has])
    found = np.full((len(features), known.shape[1]), np.nan, np.float32)
    found[has] = known
    return found
