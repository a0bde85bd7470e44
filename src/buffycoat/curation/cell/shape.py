"""Shape of the chromatin and of the body of a cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from buffycoat.images.cell import Cell

__all__ = ["shape"]


def shape(cell: Cell) -> np.ndarray:
    """Of chromatin and of body 18 numbers each, and the size of the other parts, (40,)."""
    size = cell.seen.size
    parts = [cell.surround.sum(), cell.ground.sum(), cell.chromatin.sum()]
    most = [size, size, max(1, cell.body.sum())]
    counts = np.array([*np.divide(parts, most), cell.n_components], np.float32)
    return np.concatenate([_of_mask(cell.chromatin), _of_mask(cell.body), counts])


def _of_mask(mask: np.ndarray) -> np.ndarray:
    """Area, lobes, roundness and moments of a mask (h, w), (18,); zeros where it is empty.

    Lengths are in units of the side of a square image; moments (six of Hu's) are logarithms.

    Source:
        Hu, Visual pattern recognition by moment invariants, IRE Trans. Information Theory 8
        (1962) 179.
    """
    import cv2

    filled = mask.view(np.uint8)
    contours, _ = cv2.findContours(filled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return np.zeros(18, np.float32)
    side, area = mask.size**0.5, float(mask.sum())
    hull = cv2.convexHull(np.concatenate(contours))
    lobes = sorted((cv2.contourArea(contour) for contour in contours), reverse=True)
    n_lobes = sum(lobe >= 0.02 * area for lobe in lobes)
    edge = sum(cv2.arcLength(contour, closed=True) for contour in contours) + 1
    depth = cv2.distanceTransform(filled, cv2.DIST_L2, 3)
    moments = cv2.moments(filled, binaryImage=True)
    hu = cv2.HuMoments(moments).ravel()
    found = (
        area / mask.size,
        n_lobes,
        lobes[0] / max(1.0, sum(lobes)),
        area / (cv2.contourArea(hull) + 1),
        4 * np.pi * area / edge**2,
        edge / side,
        cv2.contourArea(hull) / mask.size,
        cv2.arcLength(hull, closed=True) / edge,
        depth.max() / side,
        depth.max() / area**0.5,
        (sum(lobes) - area) / area,  # what lies inside the outline and is paler: holes
        _eccentricity(moments),
        *(-np.sign(hu) * np.log10(np.abs(hu) + 1e-12))[:6],
    )
    return np.array(found, np.float32)


def _eccentricity(moments: dict[str, Any]) -> float:
    """Of the ellipse with the same second moments, from 0 (round) to 1 (a line)."""
    a, b, c = (moments[name] for name in ("mu20", "mu02", "mu11"))
    spread = float(np.sqrt((a - b) ** 2 + 4 * c**2))
    long = a + b + spread
    return float(np.sqrt(1 - max(0.0, a + b - spread) / long)) if long > 0 else 0.0
