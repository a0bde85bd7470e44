"""From the signs of single images to one estimate of a set, each with its doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from buffycoat.images.standards.signs import RED_CELL_UM, Signs
from buffycoat.images.standards.smear import Colour, Smear

__all__ = ["NUCLEUS_UM", "Estimate", "pool_signs"]

NUCLEUS_UM = 9.5
"""Diameter of a disc of the area of a white cell's nucleus, in micrometres: the median over the
white cells of PBC, by its red cells. It depends on the types in a set, hence its doubt."""

_RED_CELL_DOUBT = 0.06  # red cells differ that much between people, and in films thick and thin
_ONE_RED_CELL = 0.12  # and so much within a film, with what their outline is missed by
_NUCLEUS_DOUBT = 0.2  # sets of a few types differ that much from a set of all, however large
_ONE_NUCLEUS = 0.3  # standard deviation of the logarithm over the cells of PBC
_ALIKE = 5  # so many nuclei count as one: those of a few images are of few types, and alike
_LEAST_OF_NUCLEUS = 0.35  # a disc that is so much smaller than nuclei is no red cell
_BANDWIDTH = 0.12  # of logarithms of diameters
_WITHIN = 0.25
_ONE_COLOUR = 0.2  # of the density of one image's nuclei or red cells
_ONE_WHITE = 0.02


@dataclass(frozen=True)
class Estimate:
    """Scale, white and stain of a set of images, and how far each may be off."""

    smear: Smear
    """The estimates."""
    um_per_px_doubt: float | None = None
    """Standard error of the scale as a share of it; None where there is no estimate."""
    white_doubt: float | None = None
    """Standard error of white, as a share of 255."""
    nucleus_doubt: float | None = None
    """Standard error of the nuclei's density, as a share of it."""
    red_cell_doubt: float | None = None
    """Standard error of the red cells' density, as a share of it."""
    n_images: int = 0
    """Images that it rests on."""
    n_red_cells: int = 0
    """Red cells that its scale rests on; with none, it rests on nuclei alone."""


def pool_signs(signs: Sequence[Signs]) -> Estimate:
    """One estimate for a set of images; the order of the images does not matter.

    Medians over the images, as single crops are misread. The scale is the mean of what red cells
    and nuclei tell, weighted by how sure each is; where they contradict, the doubt says so.
    """
    scale, scale_doubt, n_red_cells = _scale(signs)
    white, white_doubt = _colour([s.white for s in signs], 255.0, _ONE_WHITE)
    nucleus, nucleus_doubt = _colour([s.nucleus for s in signs], None, _ONE_COLOUR)
    red_cell, red_cell_doubt = _colour([s.red_cell for s in signs], None, _ONE_COLOUR)
    smear = Smear(scale, white, nucleus, red_cell)
    doubts = (scale_doubt, white_doubt, nucleus_doubt, red_cell_doubt)
    return Estimate(smear, *doubts, len(signs), n_red_cells)


def _colour(
    found: Sequence[Colour | None], level: float | None, of_one: float
) -> tuple[Colour, float | None]:
    values = np.array([colour for colour in found if colour is not None])
    if not len(values):
        return (), None
    middle = np.median(values, axis=0)
    spread = 1.4826 * np.median(np.abs(values - middle), axis=0)
    size = level or float(np.linalg.norm(middle)) or 1.0
    one = max(of_one, float(np.linalg.norm(spread)) / size)
    return tuple(round(float(v), 4) for v in middle), round(one / len(values) ** 0.5, 4)


def _scale(signs: Sequence[Signs]) -> tuple[float, float | None, int]:
    """Micrometres in a pixel, its relative doubt, and the red cells it rests on."""
    told: list[tuple[float, float]] = []
    nuclei = np.array([s.cell_px for s in signs if s.cell_px])
    sizes = np.array([px for s in signs for px in s.red_cells_px])
    if len(nuclei):
        sizes = sizes[sizes >= _LEAST_OF_NUCLEUS * np.median(nuclei)]
    own = _usual(sizes)
    if len(own):
        doubt = np.hypot(_RED_CELL_DOUBT, _ONE_RED_CELL / len(own) ** 0.5)
        told.append((np.log(RED_CELL_UM / np.median(own)), float(doubt)))
    if len(nuclei):
        doubt = np.hypot(_NUCLEUS_DOUBT, _ONE_NUCLEUS * (_ALIKE / len(nuclei)) ** 0.5)
        told.append((np.log(NUCLEUS_UM / np.median(nuclei)), float(doubt)))
    if not told:
        return 0.0, None, 0
    logs, doubts = np.array(told).T
    weights = doubts**-2.0 / (doubts**-2.0).sum()
    off = np.sqrt((weights * (logs - weights @ logs) ** 2).sum())
    doubt = max(float((doubts**-2.0).sum() ** -0.5), float(off))
    return round(float(np.exp(weights @ logs)), 5), round(doubt, 4), len(own)


def _usual(sizes: np.ndarray) -> np.ndarray:
    """The diameters (n,) near the commonest by their sum: crumbs and clumps are left out."""
    if not sizes.size:
        return sizes
    logs = np.log(sizes)
    grid = np.linspace(logs.min(), logs.max(), 200)
    weight = [float(np.exp(-0.5 * ((at - logs) / _BANDWIDTH) ** 2) @ sizes) for at in grid]
    usual: np.ndarray = sizes[np.abs(logs - grid[np.argmax(weight)]) <= _WITHIN]
    return usual
