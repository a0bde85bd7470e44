"""What an image looks like in small: the picture that the page of an audit shows."""

from __future__ import annotations

import numpy as np

from buffycoat.curation.looks.look import Look
from buffycoat.images.fit import pad_image

__all__ = ["THUMBNAIL", "THUMBNAIL_PX", "make_thumbnail"]

THUMBNAIL_PX = 64
"""Height and width of a thumbnail."""


def make_thumbnail(image: np.ndarray) -> np.ndarray:
    """The image at 64 pixels a side, uint8 (64, 64, 3), from uint8 (H, W, 3).

    Its aspect is kept: what is missing is filled with the median colour of its border.
    """
    return pad_image(image, (THUMBNAIL_PX, THUMBNAIL_PX), _resized)


def _resized(image: np.ndarray, image_px: tuple[int, int]) -> np.ndarray:
    import cv2

    # An area's mean shrinks without aliasing, but makes blocks of an image that is enlarged.
    way = cv2.INTER_AREA if max(image_px) < max(image.shape[:2]) else cv2.INTER_LINEAR
    small: np.ndarray = cv2.resize(image, image_px[::-1], interpolation=way)
    return small


THUMBNAIL = Look("thumbnail", make_thumbnail, (THUMBNAIL_PX, THUMBNAIL_PX, 3), "uint8")
"""A picture of each image, for people."""
