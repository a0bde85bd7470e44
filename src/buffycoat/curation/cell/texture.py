"""Texture of the parts of a cell: local binary patterns and grain at several sizes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from buffycoat.images.cell import Cell

__all__ = ["grain", "patterns"]

_AROUND = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))
_RADII_PX = (1, 3)
_WIDTHS_PX = (3, 5, 9, 17)


def patterns(cell: Cell) -> np.ndarray:
    """Shares of the rotation-invariant uniform patterns at two radii in three parts, (60,).

    Source:
        Ojala et al., Multiresolution gray-scale and rotation invariant texture classification
        with local binary patterns, IEEE TPAMI 24 (2002) 971; on the square of eight neighbours.
    """
    green = cell.rgb[..., 1]
    found = []
    for radius in _RADII_PX:
        inner = (slice(radius, -radius),) * 2
        codes = _codes(green, radius)
        for mask in (cell.chromatin, cell.body, cell.surround):
            here = codes[mask[inner]]
            found.append(np.bincount(here, minlength=10) / max(1, len(here)))
    return np.sqrt(np.concatenate(found), dtype=np.float32)


def _codes(grey: np.ndarray, radius: int) -> np.ndarray:
    """The pattern of each pixel but the outermost, from 0 to 9."""
    height, width = grey.shape
    centre = grey[radius : height - radius, radius : width - radius]
    code = np.zeros(centre.shape, np.uint8)
    for bit, (down, right) in enumerate(_AROUND):
        top, left = radius * (1 + down), radius * (1 + right)
        other = grey[top : top + centre.shape[0], left : left + centre.shape[1]]
        code |= (other > centre).astype(np.uint8) << np.uint8(bit)
    codes: np.ndarray = _UNIFORM[code]
    return codes


def _uniform() -> np.ndarray:
    """Of each code (256,): its bits set where it has at most two changes around, else 9."""
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    changes = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    return np.where(changes <= 2, bits.sum(axis=1), 9)


_UNIFORM = _uniform()


def grain(cell: Cell) -> np.ndarray:
    """Deviation of each colour between neighbouring scales in three parts, (36,).

    Differences of images blurred twice by a box, near enough a Gaussian and many times faster:
    fine granules stand in the first, coarse ones in the next.
    """
    import cv2

    scales = [cell.lab]
    scales += [cv2.blur(cv2.blur(cell.lab, (width,) * 2), (width,) * 2) for width in _WIDTHS_PX]
    masks = [part.view(np.uint8) for part in (cell.chromatin, cell.body, cell.surround)]
    found = []
    for finer, coarser in pairwise(scales):
        difference = cv2.subtract(finer, coarser, dtype=cv2.CV_16S)
        found += [cv2.meanStdDev(difference, mask=mask)[1].ravel() for mask in masks]
    deviations: np.ndarray = np.concatenate(found).astype(np.float32)
    logarithms: np.ndarray = np.log1p(deviations)
    return logarithms
