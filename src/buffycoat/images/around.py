"""The part of an image around its white cell."""

from __future__ import annotations

import numpy as np

from buffycoat.images.cell import find_cell

__all__ = ["around_cell"]


def around_cell(image: np.ndarray, share: float) -> np.ndarray:
    """The square (s, s, 3) around the white cell in an image (H, W, 3), uint8.

    It never leaves the image: a cell at the edge is not in its middle. Where no cell is found, it
    is the middle of the image.

    Args:
        image: With one white cell.
        share: The square's side, of the image's shorter one; above 0, at most 1.
    """
    height, width = image.shape[:2]
    side = max(1, round(share * min(height, width)))
    down, right = _middle(image)
    top = min(max(round(down - side / 2), 0), height - side)
    left = min(max(round(right - side / 2), 0), width - side)
    return np.ascontiguousarray(image[top : top + side, left : left + side])


def _middle(image: np.ndarray) -> tuple[float, float]:
    """Row and column of the middle of the cell's body, in pixels of the image."""
    height, width = image.shape[:2]
    body = find_cell(image).body
    rows, columns = np.nonzero(body)
    if not len(rows):
        return height / 2, width / 2
    down, right = (rows.mean() + 0.5) / body.shape[0], (columns.mean() + 0.5) / body.shape[1]
    return float(down * height), float(right * width)
