"""Landmarks of an image: points that are found again after any rotation, scaling or mirroring.

Source:
    Lowe, Distinctive image features from scale-invariant keypoints, IJCV 60 (2004) 91; Arandjelovic
    and Zisserman, Three things everyone should know to improve object retrieval, CVPR 2012 (the
    square root of a descriptor).
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from buffycoat.curation.looks.look import Look

__all__ = [
    "LANDMARKS",
    "N_LANDMARKS",
    "SIDE_PX",
    "SMALL",
    "SMALL_PX",
    "descriptors_of",
    "mirrored",
    "places_of",
]

SIDE_PX = 256
"""The longest side at which landmarks are sought, so that resized copies look alike."""
N_LANDMARKS = 150
"""At most so many of an image are kept, the strongest."""
SMALL_PX = 128
"""The longest side of the small grey image that copies are compared by."""

_FILL = 12  # of 255: what a rotation left black, JPEG noise allowed for
_RIM_PX = 6  # around such fill nothing is sought: its edge belongs to the augmentation
_NEAR_FILL_PX = 2
_PER_THREAD = threading.local()


def _landmarks(image: np.ndarray) -> np.ndarray:
    """The landmarks (K, 132) of an image, strongest first: 128 of descriptor, then x and y.

    Rows without a landmark are zero; x and y are in 1/65535 of the longest side, 2 bytes each,
    little endian.
    """
    import cv2

    grey, filled = _scaled(image, SIDE_PX)
    mask = cv2.erode(filled, np.ones((2 * _RIM_PX + 1,) * 2, np.uint8), borderValue=0)
    points, found = _detector().detectAndCompute(grey, mask)
    kept = np.zeros((N_LANDMARKS, 132), np.uint8)
    # OpenCV returns the strongest in the order of their places
    strongest = np.argsort([-point.response for point in points], kind="stable")[:N_LANDMARKS]
    n = len(strongest)
    if n:
        places = np.array([points[i].pt for i in strongest])
        places = np.clip(places / max(grey.shape), 0, 1) * 65535
        kept[:n, :128] = found[strongest]
        kept[:n, 128:] = places.round().astype("<u2").view(np.uint8).reshape(n, 4)
    return kept


def _small(image: np.ndarray) -> np.ndarray:
    """The image in grey, its longest side `SMALL_PX`, at the upper left of a square of zeros.

    Zero stands for what is outside the image or black fill; the image itself has 1 to 255.
    """
    import cv2

    grey, filled = _scaled(image, SMALL_PX)
    inner = cv2.erode(filled, np.ones((2 * _NEAR_FILL_PX + 1,) * 2, np.uint8))
    kept = np.zeros((SMALL_PX, SMALL_PX), np.uint8)
    kept[: grey.shape[0], : grey.shape[1]] = np.where(inner, np.maximum(grey, 1), 0)
    return kept


LANDMARKS = Look("landmarks", _landmarks, (N_LANDMARKS, 132), "uint8", version=2)
"""Points that copies share."""
SMALL = Look("small-grey", _small, (SMALL_PX, SMALL_PX), "uint8")
"""What two copies are compared by once they lie on each other."""


def _scaled(image: np.ndarray, side_px: int) -> tuple[np.ndarray, np.ndarray]:
    """The grey image with this longest side, and where (255) it is not black fill (0)."""
    import cv2

    scale = side_px / max(image.shape[:2])
    size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(image, size, interpolation=way)
    strongest = np.maximum(np.maximum(scaled[..., 0], scaled[..., 1]), scaled[..., 2])
    filled = np.where(strongest > _FILL, 255, 0).astype(np.uint8)
    return cv2.cvtColor(scaled, cv2.COLOR_RGB2GRAY), filled


def _detector() -> Any:
    """SIFT, one for each thread."""
    import cv2

    if not hasattr(_PER_THREAD, "sift"):
        # half the usual contrast: pale cells have few strong edges
        _PER_THREAD.sift = cv2.SIFT.create(nfeatures=N_LANDMARKS, contrastThreshold=0.02)
    return _PER_THREAD.sift


def places_of(landmarks: np.ndarray) -> np.ndarray:
    """The places (K, 2) of landmarks (K, 132): x and y in shares of the longest side."""
    raw = np.ascontiguousarray(landmarks[:, 128:]).view("<u2")
    places: np.ndarray = raw.astype(np.float32) / 65535
    return places


def descriptors_of(landmarks: np.ndarray) -> np.ndarray:
    """The square roots (K, 128) of descriptors, of length 1; zeros where there is no landmark."""
    rooted = np.sqrt(landmarks[:, :128].astype(np.float32))
    lengths: np.ndarray = np.linalg.norm(rooted, axis=1, keepdims=True)
    found: np.ndarray = rooted / np.maximum(lengths, 1e-6)
    return found


def mirrored(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (..., 132) as the mirrored image would have them, their places left as they are.

    A descriptor is 4 rows by 4 columns by 8 directions, relative to the direction of the landmark:
    mirroring reverses the rows and the sense of the directions.
    """
    turned: np.ndarray = landmarks[..., _MIRROR]
    return turned


_CELLS = np.arange(128).reshape(4, 4, 8)
_MIRROR = np.r_[_CELLS[::-1][:, :, -np.arange(8) % 8].ravel(), 128:132]
