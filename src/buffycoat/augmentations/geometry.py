"""Geometry of whole batches: one draw for each image, one resampling for all changes together."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from buffycoat.augmentations.draws import signs, uniform

__all__ = ["flip", "move", "seen_through"]


def flip(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each image in one of its eight mirrored or quarter-turned positions, without resampling.

    Images that are not square keep their shape: they get one of four positions.
    """
    n, _, height, width = images.shape
    n_kinds = 8 if height == width else 4
    kind = torch.randint(0, n_kinds, (n,), generator=generator)
    out = torch.empty_like(images)
    for k in range(n_kinds):
        chosen = kind == k
        turned = images[chosen]
        turned = turned.flip(-1) if k & 1 else turned
        turned = turned.flip(-2) if k & 2 else turned
        out[chosen] = turned.transpose(-1, -2) if k & 4 else turned
    return out


def move(
    images: torch.Tensor,
    generator: torch.Generator,
    *,
    rotation: float = 0.0,
    zoom: float = 0.0,
    shift: float = 0.0,
) -> torch.Tensor:
    """Each image rotated, mirrored (half of them), scaled and shifted, in one resampling.

    What comes into view from outside is the image reflected at its border.

    Args:
        images: (N, 3, H, W) float.
        generator: Source of all draws.
        rotation: Largest angle either way, in degrees.
        zoom: Largest relative change of scale.
        shift: Largest shift, as a share of the side.
    """
    n = len(images)
    angle = uniform(n, -math.radians(rotation), math.radians(rotation), generator)
    scale = 1 + uniform(n, -zoom, zoom, generator)
    mirror = signs(n, generator)
    cos, sin = angle.cos() * scale, angle.sin() * scale
    matrix = torch.stack([cos * mirror, -sin, sin * mirror, cos], 1).reshape(n, 2, 2)
    moved = (torch.rand(n, 2, generator=generator) - 0.5) * 4 * shift
    return seen_through(images, matrix, moved)


def seen_through(
    images: torch.Tensor, matrix: torch.Tensor, shift: torch.Tensor | None = None
) -> torch.Tensor:
    """Each image resampled once; what comes into view is the image reflected at its border.

    Args:
        images: (N, 3, H, W) float.
        matrix: (N, 2, 2), from places in the new image to places in the old one, in pixels about
            the middle, x before y.
        shift: (N, 2), added to these in halves of the sides.
    """
    n, _, height, width = images.shape
    shift = torch.zeros(n, 2) if shift is None else shift
    sides = torch.tensor([[1.0, height / width], [width / height, 1.0]])
    theta = torch.cat([matrix * sides, shift[..., None]], 2).to(images)
    grid = F.affine_grid(theta, [n, 3, height, width], align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
