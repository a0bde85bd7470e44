"""Distance from what most images have in common, within their principal axes and beyond them.

Source:
    Hubert, Rousseeuw, Vanden Branden, ROBPCA: A New Approach to Robust Principal Component
    Analysis, Technometrics 47 (2005): score and orthogonal distance. Here the rows that the axes
    are taken from are the three quarters nearest to the median, chosen again twice by both
    distances, instead of by projections on directions through pairs of rows.
"""

from __future__ import annotations

import numpy as np

__all__ = ["distances"]

_SHARE = 0.75  # of the rows, that the axes are taken from
_N_ROUNDS = 3
_EXPLAINED = 0.9
_MAX_AXES = 30
_TINY = 1e-9


def distances(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of rows (N, d): the distance (N,) within the principal axes, and the one beyond them.

    The first is in standard deviations of each axis, the second in the unit of the vectors.
    """
    centre = np.median(vectors, axis=0)
    away = np.linalg.norm(vectors - centre, axis=1)
    within = beyond = away
    for _ in range(_N_ROUNDS):
        inside = away <= np.quantile(away, _SHARE)
        within, beyond = _measured(vectors, vectors[inside])
        away = np.maximum(within / _typical(within), beyond / _typical(beyond))
    return within, beyond


def _measured(vectors: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both distances of all rows, by the axes of the rows inside."""
    centre = inside.mean(axis=0, dtype=np.float64).astype(np.float32)
    moved = inside - centre
    lengths, axes = np.linalg.eigh((moved.T @ moved).astype(np.float64) / len(inside))
    lengths, axes = lengths[::-1], axes[:, ::-1]
    n = int(np.searchsorted(np.cumsum(lengths), _EXPLAINED * lengths.sum())) + 1
    n = min(n, _MAX_AXES)
    moved = vectors - centre
    along = moved @ axes[:, :n].astype(np.float32)
    beyond = np.sqrt(np.maximum((moved**2).sum(1) - (along**2).sum(1), 0))
    within = np.sqrt((along**2 / np.maximum(lengths[:n], _TINY)).sum(1))
    return within, beyond


def _typical(values: np.ndarray) -> float:
    return max(float(np.median(values)), _TINY)
