"""The canvas of a drawn cell: a grid in micrometres, soft shapes, textures and granules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

__all__ = [
    "FIELD_UM",
    "Canvas",
    "Floats",
    "blend",
    "capsule_distance",
    "ellipse_distance",
    "inside",
    "open_canvas",
    "speckles",
    "texture",
    "warped",
]

Floats: TypeAlias = NDArray[np.floating[Any]]

FIELD_UM = 24.0
"""Width of what one image shows; a red cell is about 7 µm wide."""


@dataclass(frozen=True)
class Canvas:
    """Where each pixel lies, seen from the middle of the cell."""

    x_um: Floats
    """To the right, (H, W)."""
    y_um: Floats
    """Downwards, (H, W)."""
    um_per_px: float
    """Size of one pixel."""


def open_canvas(image_px: int, width_um: float, middle_um: tuple[float, float]) -> Canvas:
    """A square canvas that shows `width_um`, with the cell's middle off its own by `middle_um`."""
    um_per_px = width_um / image_px
    along = ((np.arange(image_px) - (image_px - 1) / 2) * um_per_px).astype(np.float32)
    x_um, y_um = np.meshgrid(along - np.float32(middle_um[0]), along - np.float32(middle_um[1]))
    return Canvas(x_um, y_um, um_per_px)


@lru_cache(maxsize=32)
def _noise_tile(quarter_octave: int, side_px: int) -> Floats:
    """Periodic Gaussian noise of unit variance; drawn once, since filtering is what costs."""
    white = np.random.default_rng(quarter_octave + 1000).standard_normal((side_px, side_px))
    smooth = gaussian_filter(white, 2 ** (quarter_octave / 4), mode="wrap")
    return np.asarray(smooth / smooth.std(), dtype=np.float32)


def texture(canvas: Canvas, rng: np.random.Generator, grain_um: float) -> Floats:
    """Smooth noise (H, W) of mean about 0 and deviation about 1, whose grains are `grain_um`."""
    side = canvas.x_um.shape[0]
    sigma_px = max(grain_um / canvas.um_per_px, 0.35)
    tile = _noise_tile(round(4 * float(np.log2(sigma_px))), max(256, side + side // 2))
    top, left = rng.integers(0, tile.shape[0] - side, size=2)
    turned = tile if rng.random() < 0.5 else tile.T
    return turned[top : top + side, left : left + side]


def warped(
    canvas: Canvas, rng: np.random.Generator, by_um: float, grain_um: float
) -> tuple[Floats, Floats]:
    """The coordinates x and y, pushed about by `by_um`, so that outlines become irregular."""
    push = np.float32(by_um)
    return (
        canvas.x_um + push * texture(canvas, rng, grain_um),
        canvas.y_um + push * texture(canvas, rng, grain_um),
    )


def ellipse_distance(
    x: Floats, y: Floats, radius_um: float, *, stretch: float, angle: float
) -> Floats:
    """Distance in µm from an ellipse's edge, negative inside; its axes are `stretch` apart."""
    cos, sin, wide = np.cos(angle), np.sin(angle), np.sqrt(stretch)
    u, v = (cos * x + sin * y) / wide, (cos * y - sin * x) * wide
    return np.asarray(np.hypot(u, v) - radius_um, dtype=np.float32)


def capsule_distance(x: Floats, y: Floats, capsules: Floats, *, melt_um: float) -> Floats:
    """Distance in µm from the melted union of capsules, negative inside.

    Args:
        x: To the right, (H, W).
        y: Downwards, (H, W).
        capsules: (S, 5): both ends (x, y, x, y) and the radius of each, in µm.
        melt_um: How far neighbours flow into one another.
    """
    ax, ay, bx, by, radius = (capsules[:, k, None, None] for k in range(5))
    dx, dy = bx - ax, by - ay
    px, py = x - ax, y - ay
    along = np.clip((px * dx + py * dy) / np.maximum(dx * dx + dy * dy, 1e-6), 0, 1)
    px -= along * dx
    py -= along * dy
    distance = np.sqrt(px * px + py * py) - radius
    nearest = distance.min(axis=0)
    shares = np.exp(np.maximum((nearest - distance) / melt_um, -20)).sum(axis=0)
    return np.asarray(nearest - melt_um * np.log(shares), dtype=np.float32)


def inside(distance: Floats, soft_um: float) -> Floats:
    """Cover of each pixel, 1 inside to 0 outside, through an edge about `soft_um` wide."""
    return np.asarray(1 / (1 + np.exp(np.clip(distance * (4 / soft_um), -30, 30))), np.float32)


def speckles(
    canvas: Canvas, rng: np.random.Generator, *, per_um2: float, radius_um: float
) -> Floats:
    """Cover of each pixel by round granules of uneven size, 0 to 1, (H, W)."""
    side = canvas.x_um.shape[0]
    n = int(rng.poisson(per_um2 * (side * canvas.um_per_px) ** 2))
    weights = rng.lognormal(0, 0.5, n)
    grid = np.bincount(rng.integers(0, side * side, n), weights, minlength=side * side)
    sigma_px = max(0.7 * radius_um / canvas.um_per_px, 0.3)
    points = grid.reshape(side, side).astype(np.float32)
    peaks = gaussian_filter(points, sigma_px, truncate=3) * max(1.0, 2 * np.pi * sigma_px**2)
    return np.asarray(1 - np.exp(-1.6 * peaks * peaks), dtype=np.float32)


def blend(dyes: Floats, cover: Floats, amounts: Floats) -> None:
    """Replace the dyes (K, H, W), where covered, by `amounts`: (K, 1, 1) or (K, H, W)."""
    dyes += cover * (amounts - dyes)
