"""A classical descriptor of a cell image: colour, shape and texture, without a network."""

from __future__ import annotations

import numpy as np

from buffycoat.curation.cell.colour import profiles, spreads
from buffycoat.curation.cell.shape import shape
from buffycoat.curation.cell.texture import grain, patterns
from buffycoat.curation.looks.look import Look
from buffycoat.images.cell import find_cell

__all__ = ["DESCRIPTOR", "N_FEATURES", "describe"]

_PARTS = (spreads, profiles, shape, patterns, grain)

N_FEATURES = 471
"""How many numbers describe an image."""


def describe(image: np.ndarray) -> np.ndarray:
    """What an image (H, W, 3), uint8, looks like, float32 (471,).

    It hardly changes when the image is turned, mirrored or resized: cells lie as they fall.
    """
    cell = find_cell(image)
    return np.concatenate([part(cell) for part in _PARTS])


DESCRIPTOR = Look("descriptor", describe, (N_FEATURES,))
"""The descriptor as a look: its array is called `descriptor`."""
