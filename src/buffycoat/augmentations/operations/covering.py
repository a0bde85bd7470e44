"""Parts of an image covered, so that no network can live on a single one of them."""

from __future__ import annotations

import math

import torch

from buffycoat.augmentations.draws import as_column, normal_like, uniform
from buffycoat.augmentations.operations.operation import operations

__all__ = ["cutout", "grid_mask", "random_erasing"]

_HOLE = 0.5  # of the side
_AREA = 0.33
_ASPECT = math.log(3)
_BARS = 0.6  # of the distance between two of them


@operations.register
def cutout(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """A square of the image's mean colour over it; at strength 1 half as wide as the shorter side.

    Source:
        DeVries and Taylor, Improved regularization of CNNs with cutout, 2017.
    """
    height, width = images.shape[2:]
    short, side = min(height, width), _HOLE * strength
    hole = _box(images, side * (short / width), side * (short / height), generator)
    return torch.where(hole, images.mean((2, 3), keepdim=True), images)


@operations.register
def random_erasing(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """A rectangle of noise over it; at strength 1 over a third of the area.

    Source:
        Zhong et al., Random erasing data augmentation, AAAI 2020.
    """
    aspect = torch.exp(uniform(len(images), -_ASPECT, _ASPECT, generator) / 2)
    side = (_AREA * strength).sqrt()
    hole = _box(images, (side * aspect).clamp(max=1), (side / aspect).clamp(max=1), generator)
    filled = normal_like(images, generator).mul_(0.25).add_(0.5).clamp_(0, 1)
    return torch.where(hole, filled, images)


@operations.register
def grid_mask(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Black squares on a turned grid; at strength 1 each .6 as wide as their distance.

    Source:
        Chen et al., GridMask data augmentation, 2020.
    """
    n, _, height, width = images.shape
    spacing = uniform(n, 0.15, 0.5, generator) * min(height, width)
    angle, start = uniform(n, 0, math.pi / 2, generator), torch.rand(n, 2, generator=generator)
    x = torch.arange(width, device=images.device, dtype=images.dtype)
    y = torch.arange(height, device=images.device, dtype=images.dtype)[:, None]
    cos, sin, start_x, start_y, ratio, unit = (
        v.to(images)[:, None, None]
        for v in (angle.cos(), angle.sin(), *start.unbind(1), _BARS * strength, spacing)
    )
    along = ((x * cos + y * sin) / unit + start_x) % 1
    beside = ((y * cos - x * sin) / unit + start_y) % 1
    covered = (along < ratio) & (beside < ratio)
    return images * ~covered[:, None]


def _box(
    images: torch.Tensor, wide: torch.Tensor, high: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Truths (N, 1, H, W) within a box of these shares (N,) of the sides, wholly inside."""
    height, width = images.shape[2:]
    place = torch.rand(len(images), 2, generator=generator)
    left, top = place[:, 0] * (1 - wide), place[:, 1] * (1 - high)
    x = (torch.arange(width, device=images.device) + 0.5) / width
    y = (torch.arange(height, device=images.device)[:, None] + 0.5) / height
    ends = [as_column(v, images)[:, 0] for v in (left, left + wide, top, top + high)]
    inside = (x >= ends[0]) & (x < ends[1]) & (y >= ends[2]) & (y < ends[3])
    return inside[:, None]
