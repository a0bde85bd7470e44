"""A map of the set: images that look alike lie near each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from buffycoat.curation.looks.look import Looked
from buffycoat.curation.outliers.appearance import APPEARANCE
from buffycoat.curation.outliers.neighbours import nearest
from buffycoat.curation.outliers.spaces import spaces
from buffycoat.tables.samples import SampleTable

__all__ = ["place_on_map"]

_N_AXES = 30  # principal axes that go into the map
_N_FITTED = 20_000  # rows that are placed by t-SNE itself; the others go where these are
_PERPLEXITY = 30
_N_ROUNDS = (200, 300)  # t-SNE's two phases
_N_FEW = 2000  # rows below which pairs are fewer than points of a grid
_N_BESIDE = 5
_N_LEAST = 12  # rows below which there is nothing to lay out but the two main axes


def place_on_map(
    samples: SampleTable,
    looked: Looked,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Where each image lies on the map: (N, 2) float32 from 0 to 1; NaN where nothing was seen.

    PCA to 30 axes, then t-SNE of at most 20,000 rows drawn by the seed; every other row is put
    between the five of these that it is most like. Excluded rows are not on it.

    Args:
        samples: The table, N rows.
        looked: What was seen of them; `APPEARANCE` is needed.
        seed: Decides the draw and the layout.
        on_progress: Called with the rounds done and all rounds.

    Source:
        van der Maaten and Hinton, Visualizing Data using t-SNE, JMLR 9 (2008); Policar, Strazar,
        Zupan, openTSNE, JSS 109 (2024).
    """
    has = looked.has[APPEARANCE.name] & samples.frame["excluded_because"].is_null().to_numpy()
    found = np.full((len(samples.frame), 2), np.nan, np.float32)
    if has.any():
        whole = spaces(looked.arrays[APPEARANCE.name], np.flatnonzero(has))["whole"]
        found[has] = _unit(_placed(_main_axes(whole), seed, on_progress))
    return found


def _main_axes(vectors: np.ndarray) -> np.ndarray:
    """The rows (N, d) by their main axes (N, 30 or fewer), whose signs are always alike."""
    moved = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    _, axes = np.linalg.eigh((moved.T @ moved).astype(np.float64))
    axes = axes[:, ::-1][:, :_N_AXES]
    axes *= np.sign(axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])])
    return np.ascontiguousarray(moved @ axes.astype(np.float32))


def _placed(
    vectors: np.ndarray, seed: int, on_progress: Callable[[int, int], None] | None
) -> np.ndarray:
    """Positions (N, 2), in t-SNE's own units."""
    if len(vectors) < _N_LEAST:
        return np.pad(vectors, ((0, 0), (0, 2)))[:, :2]
    if len(vectors) <= _N_FITTED:
        return _fitted(vectors, seed, on_progress)
    fitted = np.sort(np.random.default_rng(seed).permutation(len(vectors))[:_N_FITTED])
    at = _fitted(vectors[fitted], seed, on_progress)
    apart, rows = nearest(vectors, _N_BESIDE, among=vectors[fitted])
    share = 1 / np.maximum(apart, 1e-6)
    placed: np.ndarray = (at[rows] * (share / share.sum(1, keepdims=True))[..., None]).sum(1)
    placed[fitted] = at
    return placed


def _fitted(
    vectors: np.ndarray, seed: int, on_progress: Callable[[int, int], None] | None
) -> np.ndarray:
    import openTSNE
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    n_jobs, method = (1, "bh") if len(vectors) < _N_FEW else (-1, "fft")
    perplexity = min(_PERPLEXITY, (len(vectors) - 1) / 4)
    apart, rows = nearest(vectors, int(3 * perplexity))
    index = PrecomputedNeighbors(rows, apart.astype(np.float64))
    affinities = PerplexityBasedNN(knn_index=index, perplexity=perplexity, n_jobs=n_jobs)
    start = vectors[:, :2] / max(float(vectors[:, 0].std()), 1e-9) * 1e-4
    layout: Any = openTSNE.TSNEEmbedding(
        start.astype(np.float64),
        affinities,
        random_state=seed,
        n_jobs=n_jobs,
        negative_gradient_method=method,
    )
    for done, n_rounds, given in _phases():
        layout = layout.optimize(n_iter=n_rounds, **given)
        if on_progress:
            on_progress(done + n_rounds, sum(_N_ROUNDS))
    return np.asarray(layout)


def _phases() -> list[tuple[int, int, dict[str, float]]]:
    """Rounds done before, rounds, settings: in steps of 50, for the progress."""
    early, late = _N_ROUNDS
    first: dict[str, float] = {"exaggeration": 12, "momentum": 0.8}
    steps = [(done, 50, first) for done in range(0, early, 50)]
    return steps + [(early + done, 50, {"momentum": 0.8}) for done in range(0, late, 50)]


def _unit(placed: np.ndarray) -> np.ndarray:
    """Positions from 0 to 1 in both directions, their shape kept."""
    low, high = placed.min(0), placed.max(0)
    span = max(float((high - low).max()), 1e-9)
    unit: np.ndarray = (placed - (low + high) / 2) / span + 0.5
    return unit.clip(0, 1).astype(np.float32)
