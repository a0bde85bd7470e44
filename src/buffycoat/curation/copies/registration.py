"""Lay one image on another by the landmarks they share, and compare what then lies together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from buffycoat.curation.copies.landmarks import SMALL_PX, descriptors_of, mirrored, places_of

__all__ = ["Overlay", "lay_on"]

MIN_SHARED = 10
"""Landmarks, each at a place of its own, that one affine map must bring onto their partners."""

_NEAR = 0.01  # how far off a landmark may come to lie, in shares of the longest side
_RATIO = 0.9  # a partner must be nearer than the next best by so much
_MAX_STRETCH = 2.5  # in one direction; more is no copy but a chance fit
_SMOOTH_PX = 0.8  # removes what interpolation and JPEG changed; of `SMALL_PX`
_MIN_OVERLAP = 0.1


@dataclass(frozen=True)
class Overlay:
    """How two images lie on each other."""

    n_shared: int
    """Landmarks that the map brings onto their partners."""
    similarity: float
    """Correlation of their grey values where they overlap, up to 1 for the same photograph."""
    overlap: float
    """The area that both have in common, as a share of the smaller one's."""
    centre_shift: float
    """How far the middle of the first comes to lie from the second's, in longest sides."""


def lay_on(
    landmarks: tuple[np.ndarray, np.ndarray], small: tuple[np.ndarray, np.ndarray]
) -> Overlay | None:
    """The overlay of two images, or None where no affine map lays one on the other.

    An affine map is any rotation, mirroring, shift, scaling and shear.

    Args:
        landmarks: Of both images, (K, 132) each.
        small: Both images in grey, (S, S) each, zero where nothing is.
    """
    both = [_affine(landmarks[0], landmarks[1]), _affine(mirrored(landmarks[0]), landmarks[1])]
    n_shared, matrix = max(both, key=lambda found: found[0])
    if matrix is None or n_shared < MIN_SHARED:
        return None
    similarity, overlap = _compared(matrix, *small)
    if overlap < _MIN_OVERLAP:
        return None
    shift = matrix[:, :2] @ _middle(small[0]) + matrix[:, 2] - _middle(small[1])
    return Overlay(n_shared, similarity, overlap, float(np.linalg.norm(shift)))


def _middle(small: np.ndarray) -> np.ndarray:
    """The middle (x, y) of what an image shows, in shares of its longest side."""
    rows, columns = np.nonzero(small.any(1))[0], np.nonzero(small.any(0))[0]
    ends = np.array([[columns[0], rows[0]], [columns[-1] + 1, rows[-1] + 1]])
    middle: np.ndarray = ends.mean(0) / SMALL_PX
    return middle


def _affine(first: np.ndarray, second: np.ndarray) -> tuple[int, np.ndarray | None]:
    """How many landmarks an affine map (2, 3) brings onto their partners, and the map."""
    import cv2

    here, there = _partners(first, second)
    if len(here) < MIN_SHARED:
        return 0, None
    cv2.setRNGSeed(0)  # the draws of RANSAC, so that a second audit finds the same
    matrix, is_inside = cv2.estimateAffine2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=_NEAR, maxIters=500, confidence=0.999
    )
    if matrix is None or not _is_plausible(matrix):
        return 0, None
    inside = is_inside.ravel().astype(bool)
    return min(_n_places(here[inside]), _n_places(there[inside])), matrix


def _partners(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places (M, 2) of the landmarks that have a clear partner, and (M, 2) of these partners."""
    first, second = (some[some[:, :128].any(1)] for some in (first, second))
    if min(len(first), len(second)) < MIN_SHARED:
        return np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)
    likeness = descriptors_of(first) @ descriptors_of(second).T
    rows, best = np.arange(len(first)), likeness.argmax(1)
    distance = np.sqrt(np.maximum(0, 2 - 2 * likeness[rows, best]))
    likeness[rows, best] = -1
    is_clear = distance < _RATIO * np.sqrt(np.maximum(0, 2 - 2 * likeness.max(1)))
    return places_of(first)[is_clear], places_of(second)[best[is_clear]]


def _is_plausible(matrix: np.ndarray) -> bool:
    stretch = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return bool(stretch[0] < _MAX_STRETCH and stretch[1] > 1 / _MAX_STRETCH)


def _n_places(places: np.ndarray) -> int:
    """Places (M, 2) that differ; several landmarks at one place are one."""
    return len(np.unique(np.round(places / _NEAR), axis=0))


def _compared(matrix: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Correlation of the smoothed images where both have something, and the overlap's share."""
    import cv2

    matrix = matrix.copy()
    matrix[:, 2] *= SMALL_PX
    matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5  # pixel centres are at a half
    size = (SMALL_PX, SMALL_PX)
    moved = cv2.warpAffine(_smooth(first), matrix, size, flags=cv2.INTER_LINEAR)
    covered = cv2.warpAffine((first > 0).astype(np.float32), matrix, size) > 0.999
    both = covered & (second > 0)
    area = min((first > 0).sum() * abs(np.linalg.det(matrix[:, :2])), (second > 0).sum())
    overlap = float(min(1.0, both.sum() / max(1.0, area)))
    if both.sum() < 100:
        return 0.0, overlap
    pair = np.stack([moved[both], _smooth(second)[both]])
    spread = pair.std(1)
    if spread.min() < 1e-3:
        return 0.0, overlap
    return float(np.corrcoef(pair)[0, 1]), overlap


def _smooth(small: np.ndarray) -> np.ndarray:
    """Grey values smoothed within the image alone."""
    import cv2

    inside = (small > 0).astype(np.float32)
    weight = cv2.GaussianBlur(inside, (0, 0), _SMOOTH_PX)
    smooth = cv2.GaussianBlur(small.astype(np.float32), (0, 0), _SMOOTH_PX)
    found: np.ndarray = smooth / np.maximum(weight, 1e-3)
    return found
