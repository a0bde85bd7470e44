"""Features of a network beside those of a descriptor, so that neither drowns the other."""

from __future__ import annotations

import numpy as np

__all__ = ["beside"]

_MOST = 256
_MOST_ROWS = 50_000


def beside(descriptor: np.ndarray, embeddings: np.ndarray) -> np.ndarray:
    """The descriptor (N, D) with the principal components of embeddings (N, E), at most 256.

    Components keep their relative spread: the weak ones, mostly noise, weigh little.
    """
    from sklearn.decomposition import PCA

    centred = embeddings - embeddings.mean(axis=0, dtype=np.float64)
    spread = centred.std(axis=0, dtype=np.float64)
    scaled = (centred / np.where(spread > 0, spread, 1)).astype(np.float32)
    step = -(-len(scaled) // _MOST_ROWS)
    most = min(_MOST, *scaled[::step].shape)
    model = PCA(most, svd_solver="covariance_eigh").fit(scaled[::step])
    parts = model.transform(scaled)
    return np.hstack([descriptor, parts]).astype(np.float32)
