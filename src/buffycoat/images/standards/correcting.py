"""Bring an image to one scale, one white and one stain."""

from __future__ import annotations

import numpy as np

from buffycoat.images.border import border_colour
from buffycoat.images.standards.smear import Colour, Smear, StandardSettings

__all__ = ["stain_matrix", "standardise_image"]

_MOST_ZOOM = 3.0  # a view that is so much larger or smaller than the image is a mistake
_LEAST_ANGLE = 0.2  # radians between the colours of nuclei and of red cells, to tell dyes apart
_GAINS = (0.5, 3.0)
_LEAST_DENSITY = 0.05


def standardise_image(image: np.ndarray, smear: Smear, settings: StandardSettings) -> np.ndarray:
    """The image (h, w, 3), uint8, at the standards of the settings; what is unknown is left alone.

    Args:
        image: uint8 (H, W, 3), RGB.
        smear: What the image has.
        settings: What it is to have; scale cuts or fills up, and leaves the pixels' size to `fit`.
    """
    wanted = settings.standards
    if "scale" in wanted and smear.um_per_px:
        image = _viewed(image, settings.view_um / smear.um_per_px)
    if not smear.white or not {"white", "stain"} & set(wanted):
        return image
    matrix = np.eye(3)
    if "stain" in wanted and smear.nucleus:
        matrix = stain_matrix(smear, settings)
    to_white = settings.to_white if "white" in wanted else smear.white
    return _recoloured(image, smear.white, to_white, matrix)


def stain_matrix(smear: Smear, settings: StandardSettings) -> np.ndarray:
    """What densities (3,) are multiplied by, (3, 3).

    At strength 1 the density of nuclei becomes the standard's and that of red cells too, and what
    neither explains grows as that of nuclei. Where red cells are not known, or look like nuclei,
    all densities grow by one factor. Gains stay within .5 and 3.
    """
    nucleus, target = np.array(smear.nucleus), np.array(settings.to_nucleus)
    if np.linalg.norm(nucleus) < _LEAST_DENSITY:
        return np.eye(3)
    own = _basis(smear.nucleus, smear.red_cell)
    other = _basis(settings.to_nucleus, settings.to_red_cell)
    matrix = np.eye(3) * np.linalg.norm(target) / np.linalg.norm(nucleus)
    if own is not None and other is not None:
        matrix = other @ np.linalg.inv(own)
    mixed = settings.stain_strength * matrix + (1 - settings.stain_strength) * np.eye(3)
    left, gains, right = np.linalg.svd(mixed)
    limited: np.ndarray = left @ np.diag(np.clip(gains, *_GAINS)) @ right
    return limited


def _basis(nucleus: Colour, red_cell: Colour) -> np.ndarray | None:
    """Nucleus, red cell and what is perpendicular to both, as columns (3, 3)."""
    if not red_cell or np.linalg.norm(red_cell) < _LEAST_DENSITY:
        return None
    n, r = np.array(nucleus), np.array(red_cell)
    across = np.cross(n, r)
    sizes = float(np.linalg.norm(n) * np.linalg.norm(r))
    if np.linalg.norm(across) < np.sin(_LEAST_ANGLE) * sizes:
        return None
    return np.stack([n, r, across / np.linalg.norm(across) * np.linalg.norm(n)], axis=1)


def _recoloured(
    image: np.ndarray, white: Colour, to_white: Colour, matrix: np.ndarray
) -> np.ndarray:
    import cv2

    levels = np.arange(256, dtype=np.float64)[:, None]
    densities = (-np.log((levels + 1) / (np.array(white) + 1))).astype(np.float32)
    density = cv2.LUT(image, densities[:, None])
    found = cv2.exp(-cv2.transform(density, matrix.astype(np.float32)))
    levelled = found * (np.array(to_white, np.float32) + 1) - 1
    recoloured: np.ndarray = np.clip(np.rint(levelled), 0, 255).astype(np.uint8)
    return recoloured


def _viewed(image: np.ndarray, side_px: float) -> np.ndarray:
    """The square of that side about the middle, cut out or filled up with the border's colour."""
    height, width = image.shape[:2]
    side = round(side_px)
    if not min(height, width) / _MOST_ZOOM <= side <= max(height, width) * _MOST_ZOOM:
        return image
    top, left = max(0, (height - side) // 2), max(0, (width - side) // 2)
    cut = image[top : top + min(side, height), left : left + min(side, width)]
    if cut.shape[:2] == (side, side):
        return np.ascontiguousarray(cut)
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = border_colour(image)
    down, right = (side - cut.shape[0]) // 2, (side - cut.shape[1]) // 2
    canvas[down : down + cut.shape[0], right : right + cut.shape[1]] = cut
    return canvas
