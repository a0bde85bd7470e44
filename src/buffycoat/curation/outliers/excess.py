"""How far a distance lies beyond what is usual in a set, and the score made of it."""

from __future__ import annotations

import numpy as np

__all__ = ["LIMITS", "excess", "to_score"]

LIMITS = {"whole": 7.5, "stain": 6.0, "axes": 6.2, "embeddings": 7.0}
"""By space: the excess from which an image is unlike the others.

Set on half of PBC (hashes from 0 to 7) with pictures planted that `benchmarks/foreign.py` draws,
between the outermost cells (whole 7.0, stain 5.3) and the nearest planted pictures (7.6 and 7.6, by
whichever of the two shows them). The distance from the main axes tells less (cells 5.8, planted
pictures from 3.9). For embeddings nothing was tried.
"""

_TINY = 1e-6
_ONE_SPREAD = 0.8413  # quantile of a normal distribution one standard deviation above its mean


def excess(distances: np.ndarray) -> np.ndarray:
    """How many usual spreads above the median the logarithm of each distance (N,) lies.

    The spread is that of the upper half, up to the 84th percentile: a sixth of the rows may be odd
    without moving it.
    """
    logs = np.log(np.maximum(distances, _TINY))
    middle, upper = np.quantile(logs, [0.5, _ONE_SPREAD])
    found: np.ndarray = (logs - middle) / max(float(upper - middle), _TINY)
    return found


def to_score(values: np.ndarray, limit: float) -> np.ndarray:
    """From 0 (usual) to 1 (as far as can be); 0.5 at the limit."""
    score: np.ndarray = 1 - limit / (np.maximum(values, 0) + limit)  # 1 where nobody is near
    return score
