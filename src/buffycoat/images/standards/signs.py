"""What one image of a smear tells of its scale, white and stain; None where it tells nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from buffycoat.images.standards.parts import Parts, find_parts

__all__ = ["RED_CELL_UM", "Signs", "read_signs"]

RED_CELL_UM = 7.5
"""Mean diameter of red cells on a dried film, in micrometres.

Source:
    Bain, Blood Cells: A Practical Guide, 6th edition, 2022: 6.7 to 7.7 micrometres.
"""

_LEAST_PX = 60  # of a part, at the scale of measurement: fewer give no colour
_LEAST_APART = 0.6  # Otsu's share of the variance; one Gaussian has .64, two apart .8 and more
_LEAST_CHROMATIC = 0.5
_LEAST_DARKER = 0.03  # density of a red cell in green, to be told from an uneven ground
_LEAST_COLOUR = 0.05  # of a density: what is as dark in red, green and blue is a grey picture
_WHOLE = (8, 90)  # px at the scale of measurement: diameters that whole red cells may have
_ROUND = 0.75  # shorter over longer axis
_FULL = 0.93  # area over that of the convex hull
_MARGIN_PX = 2


@dataclass(frozen=True)
class Signs:
    """Colours and sizes of one image."""

    white: tuple[float, float, float] | None = None
    """Red, green and blue of the empty film, 0 to 255."""
    nucleus: tuple[float, float, float] | None = None
    """Optical density of nuclei in red, green and blue: natural logarithm of white over colour."""
    red_cell: tuple[float, float, float] | None = None
    """Optical density of red cells, likewise."""
    red_cells_px: tuple[float, ...] = ()
    """Diameters of whole red cells, in pixels of the image."""
    cell_px: float | None = None
    """Diameter of a disc of the area of the largest nucleus, in pixels of the image."""


def read_signs(image: np.ndarray) -> Signs:
    """The signs of an image (H, W, 3), uint8, RGB."""
    parts = find_parts(image)
    has_red = parts.apart >= _LEAST_APART
    ground = parts.empty if has_red else parts.empty | parts.red
    white = _median(parts, ground)
    if white is None:
        return Signs()
    nucleus = red_cell = None
    if parts.chromatic >= _LEAST_CHROMATIC:
        nucleus = _density(parts, parts.nucleus, white)
    if has_red:
        red_cell = _density(parts, parts.red, white)
        if red_cell is not None and (red_cell[1] < _LEAST_DARKER or _is_grey(red_cell)):
            red_cell = None
    sizes = _diameters(parts) if red_cell is not None else []
    return Signs(
        _as_colour(white),
        _as_colour(nucleus),
        _as_colour(red_cell),
        tuple(sizes),
        _nucleus_px(parts) if nucleus is not None else None,
    )


def _as_colour(found: np.ndarray | None) -> tuple[float, float, float] | None:
    if found is None:
        return None
    red, green, blue = (round(float(value), 4) for value in found)
    return red, green, blue


def _median(parts: Parts, mask: np.ndarray) -> np.ndarray | None:
    core = parts.core(mask)
    if core.sum() < _LEAST_PX:
        return None
    colour: np.ndarray = np.median(parts.rgb[core], axis=0)
    return colour


def _density(parts: Parts, mask: np.ndarray, white: np.ndarray) -> np.ndarray | None:
    colour = _median(parts, mask)
    return None if colour is None else np.log((white + 1) / (colour + 1))


def _is_grey(density: np.ndarray) -> bool:
    return bool(np.ptp(density) < _LEAST_COLOUR * density.max())


def _diameters(parts: Parts) -> list[float]:
    """Diameters of red cells that are seen whole and lie alone, in pixels of the image."""
    import cv2

    found = []
    height, width = parts.red.shape
    shapes, _ = cv2.findContours(parts.red.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for shape in shapes:
        left, top, wide, high = cv2.boundingRect(shape)
        inside = min(left, top, width - left - wide, height - top - high) >= _MARGIN_PX
        if not inside or not _WHOLE[0] <= min(wide, high) <= max(wide, high) <= _WHOLE[1]:
            continue
        area, hull = cv2.contourArea(shape), cv2.contourArea(cv2.convexHull(shape))
        (_, axes, _) = cv2.minAreaRect(shape)
        if min(axes) >= _ROUND * max(axes) and area >= _FULL * hull:
            # A contour runs through the middle of its pixels: half of one is missing all around.
            found.append(round((2 * (area / np.pi) ** 0.5 + 1) / parts.zoom, 2))
    return found


def _nucleus_px(parts: Parts) -> float | None:
    import cv2

    _, _, stats, _ = cv2.connectedComponentsWithStats(parts.nucleus.view(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not len(areas):
        return None
    largest = float(areas.max())
    return float(round(2 * (largest / np.pi) ** 0.5 / parts.zoom, 2))
