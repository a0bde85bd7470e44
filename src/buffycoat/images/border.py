"""The colour of an image's border, which fills up what is missing around it."""

from __future__ import annotations

import numpy as np

__all__ = ["border_colour"]


def border_colour(image: np.ndarray) -> np.ndarray:
    """The median colour (3,) of the outermost pixels, uint8, of an image uint8 (H, W, 3)."""
    sides = (image[0], image[-1], image[1:-1, 0], image[1:-1, -1])
    colour: np.ndarray = np.median(np.concatenate(sides), axis=0).round().astype(np.uint8)
    return colour
