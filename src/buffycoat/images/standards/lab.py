"""Colours of images in Lab, as colour transfer takes them, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["LabColours", "pool_lab", "read_lab", "rgb_to_lab"]

_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
# OpenCV converts by tables and is off by up to .4; kornia, which takes these numbers, is not.
_WHITE = np.array([0.95047, 1.0, 1.08883])  # D65
_TO_XYZ = (_XYZ / _WHITE[:, None]).astype(np.float32)
_LEAST = 0.008856  # below, the cube root is replaced by a line


@dataclass(frozen=True)
class LabColours:
    """Lightness and both colour axes of one image, or of a set of them."""

    mean: tuple[float, float, float]
    """Mean L (0 to 100), a and b."""
    spread: tuple[float, float, float]
    """Standard deviations of L, a and b within an image."""


def rgb_to_lab(image: np.ndarray) -> np.ndarray:
    """L, a and b, float32 (h, w, 3), of an image uint8 (h, w, 3) in sRGB; white is D65.

    Source:
        CIE 15:2004, Colorimetry, and IEC 61966-2-1 for sRGB; the constants are those of
        scikit-image and kornia.
    """
    levels = np.arange(256) / 255
    linear = np.where(levels > 0.04045, ((levels + 0.055) / 1.055) ** 2.4, levels / 12.92)
    xyz = linear.astype(np.float32)[image] @ _TO_XYZ.T
    root = np.where(xyz > _LEAST, np.cbrt(xyz), np.float32(7.787) * xyz + np.float32(4 / 29))
    x, y, z = (root[..., i] for i in range(3))
    lab: np.ndarray = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
    return lab


def read_lab(image: np.ndarray) -> LabColours:
    """The Lab colours of an image uint8 (h, w, 3) of two pixels or more."""
    lab = rgb_to_lab(image).reshape(-1, 3).astype(np.float64)
    return LabColours(_three(lab.mean(axis=0)), _three(lab.std(axis=0, ddof=1)))


def pool_lab(colours: Sequence[LabColours]) -> LabColours:
    """The means over the images of a set, one or more, of both."""
    return LabColours(
        _three(np.mean([c.mean for c in colours], axis=0)),
        _three(np.mean([c.spread for c in colours], axis=0)),
    )


def _three(values: np.ndarray) -> tuple[float, float, float]:
    first, second, third = (float(value) for value in values)
    return first, second, third
