"""Views: each says by its own method how unlike the others an image is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from buffycoat.curation.outliers.density import joining_distance
from buffycoat.curation.outliers.excess import LIMITS, excess, to_score
from buffycoat.curation.outliers.neighbours import nearest
from buffycoat.curation.outliers.subspace import distances

__all__ = ["View", "class_view", "embedding_view", "overall_views"]

N_LEAST = 64
"""Rows below which nothing is said about what is usual among them."""

_N_NEIGHBOURS = 32
_SHARE_ENOUGH = 0.01  # of the rows: a smaller part, apart from the rest, is an odd one


@dataclass(frozen=True)
class View:
    """What one method says of N rows."""

    name: str
    """Its name in the column `outlier_<name>_score`."""
    score: np.ndarray
    """(N,) float64 from 0 to 1, 0.5 at its limit; NaN where it says nothing."""
    space: np.ndarray
    """(N,) the name of the space in which the row is oddest."""


def overall_views(found: Mapping[str, np.ndarray]) -> tuple[list[View], np.ndarray]:
    """`pca`, `neighbours` and `density` over all rows, and the three rows (N, 3) nearest to each.

    Args:
        found: By space, vectors (N, d); no two rows show the same picture.
    """
    away, joined, beside = {}, {}, None
    for name, vectors in found.items():
        apart, rows = nearest(vectors, _N_NEIGHBOURS)
        away[name] = excess(apart[:, -1])
        n_enough = max(_N_NEIGHBOURS, round(len(vectors) * _SHARE_ENOUGH))
        joined[name] = excess(joining_distance(vectors, apart, rows, n_enough))
        beside = rows[:, :3] if beside is None else beside
    within, beyond = distances(found["whole"])
    turned = {"axes": np.maximum(excess(within), excess(beyond))}
    views = [_view("pca", turned), _view("neighbours", away), _view("density", joined)]
    return views, beside if beside is not None else np.empty((0, 3), int)


def class_view(found: Mapping[str, np.ndarray], labels: Sequence[str | None]) -> View:
    """`class`: the distance to the neighbours of the same class, against what is usual in it."""
    names = np.array([label or "" for label in labels])
    away = {name: np.full(len(names), np.nan) for name in ("whole", "stain")}
    for label in np.unique(names[names != ""]):
        rows = np.flatnonzero(names == label)
        if len(rows) >= N_LEAST:
            for name, values in away.items():
                apart, _ = nearest(found[name][rows], _N_NEIGHBOURS)
                values[rows] = excess(apart[:, -1])
    return _view("class", away)


def embedding_view(vectors: np.ndarray) -> View:
    """`embeddings`: the distance to the neighbours by the direction of a network's features.

    Rows with NaN (N, d) have none; it says nothing where too few have any.
    """
    away = np.full(len(vectors), np.nan)
    rows = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    if len(rows) >= N_LEAST:
        length = np.maximum(np.linalg.norm(vectors[rows], axis=1, keepdims=True), 1e-12)
        unit = np.ascontiguousarray(vectors[rows] / length, np.float32)
        away[rows] = excess(nearest(unit, _N_NEIGHBOURS)[0][:, -1])
    return _view("embeddings", {"embeddings": away})


def _view(name: str, values: Mapping[str, np.ndarray]) -> View:
    """The worst score of each row over the spaces, and the space."""
    scores = np.stack([to_score(value, LIMITS[space]) for space, value in values.items()])
    worst = np.where(np.isnan(scores), -1, scores).argmax(0)
    return View(name, scores[worst, np.arange(scores.shape[1])], np.array(list(values))[worst])
