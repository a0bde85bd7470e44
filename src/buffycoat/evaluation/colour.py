"""Colour alone: what of an image is left when every pixel forgets where it was."""

from __future__ import annotations

import numpy as np

__all__ = ["colour_features"]

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_CHUNK_BYTES = 4_000_000


def colour_features(images: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    """Mean, standard deviation and five quantiles of each channel, float64 (N, 21).

    Args:
        images: uint8 (M, h, w, 3), for example memory-mapped; read in chunks.
        rows: Which images, int64 (N,); all when not given.
    """
    rows = np.arange(len(images)) if rows is None else rows
    n_at_once = max(1, _CHUNK_BYTES // max(1, int(np.prod(images.shape[1:]))))
    parts = [
        _features(_histograms(images[rows[start : start + n_at_once]]))
        for start in range(0, len(rows), n_at_once)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, 3 * (2 + len(_QUANTILES))))


def _histograms(images: np.ndarray) -> np.ndarray:
    """How many pixels have each value, int64 (n, 3, 256)."""
    n = len(images)
    # One count for all: the value is moved to a range of its own by image and channel.
    start = 256 * np.arange(n * 3, dtype=np.int64).reshape(n, 1, 3)
    places = images.reshape(n, -1, 3) + start
    return np.bincount(places.ravel(), minlength=n * 3 * 256).reshape(n, 3, 256)


def _features(histograms: np.ndarray) -> np.ndarray:
    value = np.arange(256.0)
    below = histograms.cumsum(-1)
    n_pixels = below[..., -1]
    mean = histograms @ value / n_pixels
    variance = histograms @ value**2 / n_pixels - mean**2
    quantiles = [(below < q * n_pixels[..., None]).sum(-1) for q in _QUANTILES]
    columns = [mean, np.sqrt(variance.clip(min=0)), *quantiles]
    return np.concatenate(columns, axis=1)
