"""Probabilities of each class from features by two linear classifiers that err differently."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["linear_guesses"]

_MOST_ROWS = 50_000  # more rows teach a linear classifier hardly anything, and take longer
_LEAST_ROWS = 500  # of each class, as far as there are so many
_N_CHUNK = 10_000
_PENALTY = 0.01  # scikit-learn's C


def linear_guesses(
    features: np.ndarray,
    labels: np.ndarray,
    folds: np.ndarray,
    n_classes: int,
    *,
    rows: np.ndarray | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Probabilities (N, C) of each row by classifiers that saw none of its fold.

    The mean of linear discriminant analysis with shrinkage and of logistic regression. NaN where
    the other folds hold fewer than two classes or none of the row's own class; 0 for another class
    that they do not hold.

    Args:
        features: Numbers of each row, (N, D), finite; (M, D) where `rows` picks from them.
        labels: Class ids (N,).
        folds: The fold of each row, (N,), from 0.
        n_classes: C.
        rows: The rows (N,) of `features` that are meant; by default all.
        seed: Decides which rows of common classes are learned from where there are over 50,000.
        on_progress: Called with the folds done and all of them.

    Source:
        Ledoit and Wolf, Honey, I shrunk the sample covariance matrix, J. Portfolio Management 30
        (2004) 110, for the shrinkage.
    """
    found = np.full((len(labels), n_classes), np.nan)
    rows = np.arange(len(labels)) if rows is None else rows
    n_folds = int(folds.max()) + 1
    for fold in range(n_folds):
        train, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        train = _some(train, labels[train], seed)
        classes = np.unique(labels[train])
        asked = asked[np.isin(labels[asked], classes)]
        if len(asked) and len(classes) > 1:
            models = _fitted(features[rows[train]], labels[train])
            found[asked] = 0
            for start in range(0, len(asked), _N_CHUNK):
                here = asked[start : start + _N_CHUNK]
                answers = [model.predict_proba(features[rows[here]]) for model in models]
                found[here[:, None], classes] = np.mean(answers, axis=0)
        if on_progress:
            on_progress(fold + 1, n_folds)
    return found


def _some(places: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    """Places (n,) as they are; of very many a draw, in which a rare class keeps what it has."""
    if len(places) <= _MOST_ROWS:
        return places
    share = _MOST_ROWS / len(places)
    kept = np.zeros(len(places), bool)
    rng = np.random.default_rng(seed)
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == label))
        kept[own[: max(_LEAST_ROWS, round(share * len(own)))]] = True
    return places[kept]


def _fitted(features: np.ndarray, labels: np.ndarray) -> list[Any]:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    kinds = (
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        LogisticRegression(C=_PENALTY, max_iter=200),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few rows or equal columns: the penalties see to that
        return [make_pipeline(StandardScaler(), kind).fit(features, labels) for kind in kinds]
