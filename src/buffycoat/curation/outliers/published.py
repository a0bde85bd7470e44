"""The rules that published work on these sets used, by name; our own flag does not use them."""

from __future__ import annotations

import numpy as np
import polars as pl

from buffycoat.curation.finding import Finding
from buffycoat.curation.outliers.excess import to_score

__all__ = ["MAHALANOBIS_LIMIT", "find_published", "map_density", "map_distance", "pca2_distance"]

MAHALANOBIS_LIMIT = 2.5
"""Standard deviations, in PCA(2) and in t-SNE(2): an image at this distance is flagged."""

_NAMES = {
    "pca2": f"distance in PCA(2) of {MAHALANOBIS_LIMIT} or more",
    "tsne2": f"distance in t-SNE(2) of {MAHALANOBIS_LIMIT} or more",
    "map_dbscan": "DBSCAN on the t-SNE map",
}
_N_CORE = 5
_RADIUS = 3.0  # of the median distance to the fifth neighbour on the map
_TINY = 1e-9


def find_published(
    rows: np.ndarray, vectors: np.ndarray, map_xy: np.ndarray, is_outlier: np.ndarray | None = None
) -> Finding:
    """The finding `published_outlier`, beside our own: which rows these rules would throw out.

    Args:
        rows: The rows (M,) that are judged.
        vectors: Their appearance (M, d).
        map_xy: Positions (N, 2) of all rows; NaN where there is none.
        is_outlier: Which rows (N,) our own views flag.
    """
    n, on_map = len(map_xy), np.isfinite(map_xy[rows]).all(1)
    placed = map_xy[rows[on_map]].astype(np.float64)
    found = {
        "pca2": (rows, to_score(pca2_distance(vectors), MAHALANOBIS_LIMIT)),
        "tsne2": (rows[on_map], to_score(map_distance(placed), MAHALANOBIS_LIMIT)),
        "map_dbscan": (rows[on_map], to_score(map_density(placed), 1)),
    }
    scores = {name: _spread(n, *values) for name, values in found.items()}
    worst = np.fmax.reduce(list(scores.values()))
    flags = np.nan_to_num(worst) >= 0.5
    ours = np.zeros(n, bool) if is_outlier is None else is_outlier
    return Finding(
        "published_outlier",
        "Outliers by the rules of published work",
        said=_said(scores, flags, ours),
        level="note",
        scores=worst,
        flags=flags,
        reasons={row: _reason(scores, row) for row in np.flatnonzero(flags).tolist()},
        columns=_columns(scores),
        facts={"mahalanobis_limit": MAHALANOBIS_LIMIT, "n_flagged": int(flags.sum())},
    )


def _columns(scores: dict[str, np.ndarray]) -> dict[str, pl.Series]:
    named = {f"outlier_{name}_score": score for name, score in scores.items()}
    return {name: pl.Series(name, score, nan_to_null=True) for name, score in named.items()}


def _spread(n: int, rows: np.ndarray, scores: np.ndarray) -> np.ndarray:
    whole = np.full(n, np.nan)
    whole[rows] = scores
    return whole


def _said(scores: dict[str, np.ndarray], flags: np.ndarray, ours: np.ndarray) -> tuple[str, ...]:
    counts = (
        f"{_NAMES[name]} {int((np.nan_to_num(s) >= 0.5).sum()):,}" for name, s in scores.items()
    )
    both = f"they hold {int((flags & ours).sum()):,} of the {int(ours.sum()):,} that our views flag"
    both = both if ours.any() else "our views flag none"
    first = f"Published rules would throw out {int(flags.sum()):,} images; {both}."
    return first, f"By rule: {', '.join(counts)}. They have no part in `is_outlier`."


def _reason(scores: dict[str, np.ndarray], row: int) -> str:
    named = [_NAMES[name] for name, score in scores.items() if score[row] >= 0.5]
    return f"thrown out by {' and '.join(named)}"


def pca2_distance(vectors: np.ndarray) -> np.ndarray:
    """Mahalanobis distance (N,) from the mean of rows (N, d) in their first two principal axes."""
    moved = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    _, axes = np.linalg.eigh((moved.T @ moved).astype(np.float64))
    return _mahalanobis(moved @ axes[:, -2:].astype(np.float32))


def map_distance(map_xy: np.ndarray) -> np.ndarray:
    """Mahalanobis distance (N,) from the mean of positions (N, 2) on a map."""
    return _mahalanobis(map_xy)


def map_density(map_xy: np.ndarray) -> np.ndarray:
    """DBSCAN on a map (N, 2): the distance (N,) to the nearest core point, in radii.

    Above 1 DBSCAN calls a row noise. A core point has five others within the radius, which is
    three times the median distance to the fifth neighbour, since the unit of a map means nothing.

    Source:
        Ester, Kriegel, Sander, Xu, A density-based algorithm for discovering clusters, KDD 1996.
    """
    from scipy.spatial import cKDTree

    fifth = cKDTree(map_xy).query(map_xy, min(_N_CORE, len(map_xy) - 1) + 1)[0][:, -1]
    radius = max(_RADIUS * float(np.median(fifth)), _TINY)
    is_core = fifth <= radius
    apart: np.ndarray = cKDTree(map_xy[is_core]).query(map_xy)[0]
    return apart / radius


def _mahalanobis(places: np.ndarray) -> np.ndarray:
    """Distance (N,) of places (N, 2) from their mean by their covariance."""
    moved = (places - places.mean(0)).astype(np.float64)
    inverse = np.linalg.pinv(moved.T @ moved / max(len(moved) - 1, 1))
    found: np.ndarray = np.sqrt(np.maximum(((moved @ inverse) * moved).sum(1), 0))
    return found
