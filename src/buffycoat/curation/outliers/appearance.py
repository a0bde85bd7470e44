"""What an image looks like as a whole, in numbers that do not know how it was turned.

Five blocks: the hues that the light was absorbed in (the stain), a histogram of colours, quantiles
of each Lab channel, means and spreads in rings around the centre, and edges. Cells of one stain are
alike in all of them; a cartoon, a page of text or another stain is not.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from buffycoat.curation.looks.look import Look

__all__ = ["APPEARANCE", "BLOCKS", "appearance"]

_SIDE_PX = 64
_BINS = (2, 16, 16)  # of lightness, and of the two colour axes
_REACH = 64  # of the two colour axes, to either side of grey; what is beyond counts as the end
_QUANTILES = np.array([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
_N_RINGS = 5
_N_EDGES = 12
_BLACK = 12  # of 255: what a rotation left empty has no levels; few images would be without it

_N_HUES = 12
_FAINT = 0.3  # optical density of the three channels together, below which a pixel has no stain

BLOCKS = {
    "stain": _N_HUES**2,
    "colours": int(np.prod(_BINS)),
    "levels": 3 * len(_QUANTILES),
    "rings": 6 * _N_RINGS,
    "edges": _N_EDGES,
}
"""The blocks of an appearance and their lengths, in their order."""


def appearance(image: np.ndarray) -> np.ndarray:
    """The numbers (D,) of an image (H, W, 3), uint8: D is the sum of `BLOCKS`.

    The image is brought to 64 x 64 pixels first, so that sizes can be compared.
    """
    import cv2

    height, width = image.shape[:2]
    how = cv2.INTER_AREA if min(height, width) > _SIDE_PX else cv2.INTER_LINEAR
    small = cv2.resize(image, (_SIDE_PX, _SIDE_PX), interpolation=how)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    seen = small.max(axis=2) > _BLACK
    levels = np.quantile(lab[seen] if seen.any() else lab[~seen], _QUANTILES, axis=0).ravel()
    parts = [
        _stain(small.reshape(-1, 3)),
        _colours(lab),
        levels,
        _rings(lab.reshape(-1, 3)),
        _edges(lab[..., 0]),
    ]
    return np.concatenate(parts).astype(np.float32)


def _stain(pixels: np.ndarray) -> np.ndarray:
    """Roots of the shares of hues in the light that was absorbed.

    Light is taken relative to the image's own background, and each pixel counts by how much it
    absorbs: neither the lamp nor the size of the cell changes much. An image that absorbs nothing
    is all zeros.

    Source:
        Optical density, as in Ruifrok and Johnston, Anal Quant Cytol Histol 23 (2001) 291.
    """
    import cv2

    light = np.percentile(pixels, 95, axis=0)
    density = -np.log(np.clip((pixels + 1.0) / (light + 1.0), 1 / 255, 1))
    whole = density.sum(axis=1)
    weight = np.where(whole > _FAINT, whole, 0)
    hue = density[:, :2] / np.maximum(whole, 1e-6)[:, None]
    at = np.clip(hue * (_N_HUES / 0.9), 0, _N_HUES - 1).astype(np.int64)
    shares = np.bincount(at[:, 0] * _N_HUES + at[:, 1], weights=weight, minlength=_N_HUES**2)
    shares = shares / (weight.sum() + 0.001 * len(weight))
    soft = cv2.GaussianBlur(shares.reshape(_N_HUES, _N_HUES).astype(np.float32), (5, 5), 1)
    roots: np.ndarray = np.sqrt(soft).ravel()
    return roots


def _colours(lab: np.ndarray) -> np.ndarray:
    """Roots of the shares of colours: their distance is Hellinger's, times the root of 2.

    The two colour axes are smoothed, so that a slight change of light changes them little.
    """
    import cv2

    n_light, n_axis, _ = _BINS
    light = np.clip(lab[..., 0] * (n_light / 100), 0, n_light - 1).astype(np.int64)
    axes = np.clip((lab[..., 1:] + _REACH) * (n_axis / 2 / _REACH), 0, n_axis - 1).astype(np.int64)
    bins = (light * n_axis + axes[..., 0]) * n_axis + axes[..., 1]
    counts = np.bincount(bins.ravel(), minlength=n_light * n_axis**2).astype(np.float32)
    planes = (counts / counts.sum()).reshape(_BINS)
    return np.concatenate([np.sqrt(cv2.GaussianBlur(p, (5, 5), 1)).ravel() for p in planes])


@cache
def _ring_sums() -> np.ndarray:
    """A matrix (rings, pixels) that takes means in rings of equal width."""
    away = np.abs(np.arange(_SIDE_PX) - (_SIDE_PX - 1) / 2)
    ring = np.hypot(away[:, None], away[None]) / (_SIDE_PX / 2) * (_N_RINGS - 1)
    ring = np.minimum(ring.astype(int), _N_RINGS - 1).ravel()
    found = (ring[None] == np.arange(_N_RINGS)[:, None]).astype(np.float32)
    shares: np.ndarray = found / found.sum(1, keepdims=True)
    return shares


def _rings(lab: np.ndarray) -> np.ndarray:
    means = _ring_sums() @ lab
    spreads = np.sqrt(np.maximum(_ring_sums() @ lab**2 - means**2, 0))
    return np.concatenate([means.ravel(), spreads.ravel()])


def _edges(lightness: np.ndarray) -> np.ndarray:
    """Quantiles of slopes at two scales, how far they keep to the axes, and what is flat."""
    import cv2

    found: list[float] = []
    for picture in (lightness, cv2.pyrDown(lightness)):
        x, y = cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1)
        slope = cv2.magnitude(x, y)
        found += np.log1p(np.quantile(slope, [0.1, 0.5, 0.9, 0.99])).tolist()
        along = np.abs(x).sum() - np.abs(y).sum()
        found.append(float(along / (slope.sum() + 1)))
    diagonal = np.minimum(np.abs(x), np.abs(y)).sum() / (slope.sum() + 1)
    return np.array([*found, diagonal, float((slope < 1).mean())])


APPEARANCE = Look("appearance", appearance, (sum(BLOCKS.values()),), version=2)
"""What the views of outliers look at."""
