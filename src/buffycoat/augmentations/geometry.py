"""Geometry of whole batches: one draw for each image, one resampling for all changes together."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from buffycoat.augmentations.draws import signs, uniform

__all__ = ["flip", "move"]


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
    n, _, height, width = images.shape
    angle = uniform(n, -math.radians(rotation), math.radians(rotation), generator)
    scale = 1 + uniform(n, -zoom, zoom, generator)
    mirror = signs(n, generator)
    cos, sin = angle.cos() * scale, angle.sin() * scale
    aspect = height / width
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = cos * mirror, -sin * aspect
    theta[:, 1, 0], theta[:, 1, 1] = sin * mirror / aspect, cos
    theta[:, :, 2] = (torch.rand(n, 2, generator=generator) - 0.5) * 4 * shift
    grid = F.affine_grid(theta.to(images.device), [n, 3, height, width], align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
