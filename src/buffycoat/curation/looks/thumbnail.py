"""What an image looks like in small: the picture that the page of an audit shows."""

from __future__ import annotations

import numpy as np

from buffycoat.curation.looks.look import Look

__all__ = ["THUMBNAIL", "THUMBNAIL_PX", "make_thumbnail"]

THUMBNAIL_PX = 64
"""Height and width of a thumbnail."""


def make_thumbnail(image: np.ndarray) -> np.ndarray:
    """The image at 64 pixels a side, uint8 (64, 64, 3), from uint8 (H, W, 3).

    Its aspect is kept: what is missing is filled with the median colour of its border.
    """
    import cv2

    height, width = image.shape[:2]
    scale = THUMBNAIL_PX / max(height, width)
    inside = max(1, round(height * scale)), max(1, round(width * scale))
    # An area's mean shrinks without aliasing, but makes blocks of an image that is enlarged.
    filter_ = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, (inside[1], inside[0]), interpolation=filter_)
    thumbnail = np.empty((THUMBNAIL_PX, THUMBNAIL_PX, 3), np.uint8)
    thumbnail[:] = _border_colour(image)
    top, left = (THUMBNAIL_PX - inside[0]) // 2, (THUMBNAIL_PX - inside[1]) // 2
    thumbnail[top : top + inside[0], left : left + inside[1]] = small
    return thumbnail


def _border_colour(image: np.ndarray) -> np.ndarray:
    sides = (image[0], image[-1], image[1:-1, 0], image[1:-1, -1])
    colour: np.ndarray = np.median(np.concatenate(sides), axis=0).round().astype(np.uint8)
    return colour


THUMBNAIL = Look("thumbnail", make_thumbnail, (THUMBNAIL_PX, THUMBNAIL_PX, 3), "uint8")
"""A picture of each image, for people."""
