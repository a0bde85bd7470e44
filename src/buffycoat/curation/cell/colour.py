"""Colour of the parts of a cell: histograms, quantiles and profiles outwards."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from buffycoat.images.cell import SIDE_PX, Cell

__all__ = ["profiles", "spreads"]

_N_BINS = 12
_RANGES = ((0, 256), (108, 192), (64, 156))
"""Where L, a and b of stained films lie, of 255; what is outside counts in the last bin."""

_BINS = np.stack(
    [
        np.clip((np.arange(256) - low) * _N_BINS // (high - low), 0, _N_BINS - 1)
        for low, high in _RANGES
    ]
)
_LEVELS = np.arange(256, dtype=np.float64)
_QUANTILES = np.array([0.1, 0.5, 0.9])
_EDGES_PX = (-12, -8, -5, -2, 0, 2, 5, 8, 12, 18, 26)
_FAR_PX = 30
_BAND = np.searchsorted(np.array(_EDGES_PX), np.arange(-_FAR_PX, _FAR_PX + 1))
_N_RINGS = 8


def spreads(cell: Cell) -> np.ndarray:
    """Quantiles, mean, deviation and histogram of L, a and b in five parts of an image, (255,).

    The parts are chromatin, body, surround, ground and all that is not black.
    """
    import cv2

    found = []
    for mask in (cell.chromatin, cell.body, cell.surround, cell.ground, cell.seen):
        whole = mask.view(np.uint8)
        for channel in range(3):
            counts = cv2.calcHist([cell.lab], [channel], whole, [256], [0, 256]).ravel()
            found += [_moments(counts), _histogram(counts, channel)]
    return np.concatenate(found).astype(np.float32)


def _moments(counts: np.ndarray) -> np.ndarray:
    """Three quantiles, mean and deviation of a histogram (256,), from 0 to 1."""
    below = np.cumsum(counts, dtype=np.float64)
    if not below[-1]:
        return np.zeros(5)
    marks = np.searchsorted(below, _QUANTILES * below[-1])
    mean = counts @ _LEVELS / below[-1]
    variance = counts @ _LEVELS**2 / below[-1] - mean**2
    return np.array([*marks, mean, max(0.0, variance) ** 0.5]) / 255


def _histogram(counts: np.ndarray, channel: int) -> np.ndarray:
    """Roots of the shares in twelve bins, (12,): their distance is Hellinger's."""
    shares = np.bincount(_BINS[channel], counts, minlength=_N_BINS) / max(1.0, counts.sum())
    roots: np.ndarray = np.sqrt(shares)
    return roots


def profiles(cell: Cell) -> np.ndarray:
    """Mean L, a and b by distance from the body's edge and from the image's centre, (80,).

    With the share of pixels at each distance.
    """
    near = np.clip(np.rint(cell.outwards_px), -_FAR_PX, _FAR_PX).astype(np.intp)
    both = [(_BAND[near + _FAR_PX], len(_EDGES_PX) + 1), (_rings(*cell.seen.shape), _N_RINGS)]
    return np.concatenate([_means(cell, where, n) for where, n in both])


@lru_cache(maxsize=8)
def _rings(height: int, width: int) -> np.ndarray:
    """The ring around the centre that each pixel lies in, (h, w)."""
    down, right = np.ogrid[:height, :width]
    from_centre = np.hypot(down - (height - 1) / 2, right - (width - 1) / 2)
    return np.minimum(from_centre * (2 * _N_RINGS / SIDE_PX), _N_RINGS - 1).astype(np.intp)


def _means(cell: Cell, where: np.ndarray, n: int) -> np.ndarray:
    place = np.where(cell.seen, where, n).ravel()  # black fill goes to a bin of its own
    counts = np.bincount(place, minlength=n + 1)[:n]
    planes = np.moveaxis(cell.lab, 2, 0).reshape(3, -1)
    sums = np.stack([np.bincount(place, plane, minlength=n + 1)[:n] for plane in planes])
    means = sums / np.maximum(counts, 1) / 255
    return np.concatenate([means.ravel(), counts / max(1, counts.sum())]).astype(np.float32)
