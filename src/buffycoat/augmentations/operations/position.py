"""Where things are: turned, moved, scaled, sheared. One resampling; borders are reflected."""

from __future__ import annotations

import math

import torch

from buffycoat.augmentations.draws import signs, uniform
from buffycoat.augmentations.geometry import flip, seen_through
from buffycoat.augmentations.operations.operation import operations

__all__ = ["mirror", "resize", "rotate", "shear", "translate", "zoom"]

_SCALE = math.log(1.5)


@operations.register
def mirror(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Mirrored and turned by quarters, all or nothing: one of eight positions."""
    turned = flip(images, generator)
    return torch.where((strength > 0).to(images.device)[:, None, None, None], turned, images)


@operations.register
def rotate(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Turned about the middle; at strength 1 by half a turn."""
    angle = math.pi * strength * signs(len(images), generator)
    cos, sin = angle.cos(), angle.sin()
    return seen_through(images, torch.stack([cos, -sin, sin, cos], 1).reshape(-1, 2, 2))


@operations.register
def translate(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Shifted in a direction that is drawn; at strength 1 by a third of the side."""
    direction = uniform(len(images), 0, 2 * math.pi, generator)
    shift = torch.stack([direction.cos(), direction.sin()], 1) * strength[:, None] * 2 / 3
    return seen_through(images, torch.eye(2).expand(len(images), 2, 2), shift)


@operations.register
def zoom(images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Larger or smaller about the middle; at strength 1 by a factor of 1.5."""
    scale = torch.exp(_SCALE * strength * signs(len(images), generator))
    return seen_through(images, torch.eye(2) * scale[:, None, None])


@operations.register
def resize(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Stretched or pressed along each side on its own; at strength 1 by up to a factor of 1.5."""
    factor = torch.rand(len(images), 2, generator=generator) * 2 - 1
    return seen_through(images, torch.diag_embed(torch.exp(_SCALE * strength[:, None] * factor)))


@operations.register
def shear(images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Slanted along one of the sides; at strength 1 by 35 degrees."""
    slant = math.tan(math.radians(35)) * strength * signs(len(images), generator)
    is_across = torch.rand(len(images), generator=generator) < 0.5
    matrix = torch.eye(2).repeat(len(images), 1, 1)
    matrix[:, 0, 1], matrix[:, 1, 0] = slant * is_across, slant * ~is_across
    return seen_through(images, matrix)
