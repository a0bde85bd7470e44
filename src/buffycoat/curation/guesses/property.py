"""How well a property of the images predicts their class, alone, on groups it never saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from buffycoat.curation.guesses.folds import deal_folds

__all__ = ["Prediction", "predict_class"]

_N_FOLDS = 5
_N_SHUFFLES = 19  # the largest of 19 is passed by chance one time in twenty
_MOST_SHUFFLED = 5000  # fewer rows scatter more: the bound is rather too high than too low
_N_DRAWS = 200
_MOST_LEAVES = 32


@dataclass(frozen=True)
class Prediction:
    """What a small decision tree makes of one property, out of fold."""

    balanced_accuracy: float
    """Mean over the classes of the share of rows that are recognised."""
    low: float
    """Lower end of its 95% interval, by resampling groups."""
    high: float
    """Upper end."""
    by_chance: float
    """The largest balanced accuracy with the labels shuffled among groups, 19 times."""
    recalls: np.ndarray
    """The share of each class (C,) that is recognised; NaN for classes without rows."""
    mistaken: np.ndarray
    """The share of the others, classes alike, that is taken for each class (C,)."""


def predict_class(
    values: np.ndarray, labels: np.ndarray, groups: pl.Series, n_classes: int
) -> Prediction:
    """How well a decision tree of at most 32 leaves recognises the classes from a property.

    Classes weigh alike; groups are in one fold each.

    Args:
        values: The property in one number or some, (N, k); NaN where unknown.
        labels: Class ids (N,) of at least two classes.
        groups: The group of each row (N,).
        n_classes: C.
    """
    group = groups.rank("dense").to_numpy().astype(np.int64) - 1
    folds = deal_folds(labels, groups, min(_N_FOLDS, groups.n_unique()))
    answers = _answers(values, labels, folds)
    counts, right = _by_group(labels, answers == labels, group, n_classes)
    draws = _resampled(counts, right)
    rng, step = np.random.default_rng(0), -(-len(labels) // _MOST_SHUFFLED)
    every = slice(None, None, step)
    chance = [
        _shuffled_score(values[every], labels[every], folds[every], group[every], rng)
        for _ in range(_N_SHUFFLES)
    ]
    low, high = np.quantile(draws, [0.025, 0.975])
    shares = _shares(labels, answers, n_classes)
    recalls = shares.diagonal()
    n_others = max(1, int(np.isfinite(recalls).sum()) - 1)
    mistaken = (np.nansum(shares, axis=0) - np.nan_to_num(recalls)) / n_others
    figure = float(np.nanmean(recalls))
    return Prediction(figure, float(low), float(high), max(chance), recalls, mistaken)


def _shares(labels: np.ndarray, answers: np.ndarray, n_classes: int) -> np.ndarray:
    """Of each class the share that got each answer, (C, C); NaN for classes without rows."""
    counts = np.bincount(labels * n_classes + answers, minlength=n_classes**2)
    counts = counts.reshape(n_classes, n_classes)
    totals = counts.sum(axis=1, keepdims=True)
    return np.where(totals > 0, counts / np.maximum(totals, 1), np.nan)


def _answers(values: np.ndarray, labels: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """The class (N,) that the tree of the other folds gives each row."""
    from sklearn.tree import DecisionTreeClassifier

    answers = np.full(len(labels), labels[0])
    for fold in np.unique(folds):
        train, asked = folds != fold, folds == fold
        tree = DecisionTreeClassifier(
            max_leaf_nodes=_MOST_LEAVES,
            min_samples_leaf=max(1, int(train.sum()) // 1000),
            class_weight="balanced",
            random_state=0,
        )
        if asked.any() and train.any():
            answers[asked] = tree.fit(values[train], labels[train]).predict(values[asked])
    return answers


def _by_group(
    labels: np.ndarray, hits: np.ndarray, group: np.ndarray, n_classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows and hits of each group and class, (G, C) each."""
    shape = (int(group.max()) + 1, n_classes)
    place = group * n_classes + labels
    size = shape[0] * shape[1]
    counts = np.bincount(place, minlength=size).reshape(shape)
    return counts, np.bincount(place, hits, minlength=size).reshape(shape)


def _resampled(counts: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Balanced accuracies (200,) of as many draws of the groups, with replacement."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(_N_DRAWS):
        times = np.bincount(rng.integers(0, len(counts), len(counts)), minlength=len(counts))
        n, n_right = times @ counts, times @ right
        found.append((n_right[n > 0] / n[n > 0]).mean())
    return np.array(found)


def _shuffled_score(
    values: np.ndarray,
    labels: np.ndarray,
    folds: np.ndarray,
    group: np.ndarray,
    rng: np.random.Generator,
) -> float:
    """The balanced accuracy when every group gets the label of another one."""
    of_group = np.zeros(int(group.max()) + 1, labels.dtype)
    of_group[group] = labels
    shuffled = rng.permutation(of_group)[group]
    hits = _answers(values, shuffled, folds) == shuffled
    return float(np.mean([hits[shuffled == label].mean() for label in np.unique(shuffled)]))
