"""Light and dark: all three channels alike."""

from __future__ import annotations

import math

import torch

from buffycoat.augmentations.draws import as_column, signs
from buffycoat.augmentations.operations.operation import operations

__all__ = [
    "auto_contrast",
    "brightness",
    "contrast",
    "equalise",
    "gamma",
    "invert",
    "posterise",
    "solarise",
]

_FACTOR = math.log(3)
_TINY = 1e-6


@operations.register
def brightness(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Lighter or darker; at strength 1 by half of the range."""
    step = 0.5 * strength * signs(len(images), generator)
    return (images + as_column(step, images)).clamp_(0, 1)


@operations.register
def contrast(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Further from the image's mean or nearer to it; at strength 1 by a factor of 3."""
    factor = as_column(torch.exp(_FACTOR * strength * signs(len(images), generator)), images)
    mean = images.mean((1, 2, 3), keepdim=True)
    return torch.lerp(mean, images, factor).clamp_(0, 1)


@operations.register
def gamma(images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Raised to a power; at strength 1 to the third or to a third."""
    power = torch.exp(_FACTOR * strength * signs(len(images), generator))
    return images.clamp(min=0).pow(as_column(power, images))


@operations.register
def auto_contrast(
    images: torch.Tensor,
    strength: torch.Tensor,
    generator: torch.Generator,  # noqa: ARG001
) -> torch.Tensor:
    """Each channel stretched to the whole range; a lower strength goes a part of the way."""
    low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
    is_flat = high - low < _TINY
    stretched = torch.where(is_flat, images, (images - low) / (high - low).clamp(min=_TINY))
    return torch.lerp(images, stretched, as_column(strength, images)).clamp_(0, 1)


@operations.register
def equalise(
    images: torch.Tensor,
    strength: torch.Tensor,
    generator: torch.Generator,  # noqa: ARG001
) -> torch.Tensor:
    """Each channel's histogram made even; a lower strength goes a part of the way.

    As torchvision does it, but for all images at once.
    """
    levels = (images * 255).round().clamp(0, 255).long().flatten(2).flatten(0, 1)
    counts = torch.zeros(len(levels), 256, dtype=torch.long, device=images.device)
    counts.scatter_add_(1, levels, torch.ones_like(levels))
    last = 255 - (counts.flip(1) > 0).long().argmax(1, keepdim=True)
    step = (counts.sum(1, keepdim=True) - counts.gather(1, last)) // 255
    below = counts.cumsum(1).roll(1, 1)
    below[:, 0] = 0
    even = ((below + step // 2) // step.clamp(min=1)).clamp(0, 255)
    even = torch.where(step == 0, torch.arange(256, device=images.device), even)
    equal = even.gather(1, levels).reshape(images.shape).to(images) / 255
    return torch.lerp(images, equal, as_column(strength, images)).clamp_(0, 1)


@operations.register
def posterise(
    images: torch.Tensor,
    strength: torch.Tensor,
    generator: torch.Generator,  # noqa: ARG001
) -> torch.Tensor:
    """Fewer levels; at strength 1 two of each channel (one bit of eight)."""
    bits = 8 - (7 * strength).round()
    width = as_column(2 ** (8 - bits), images)
    steps = torch.floor((images * 255).round() / width) * width / 255
    return torch.where(width > 1, steps, images)


@operations.register
def solarise(
    images: torch.Tensor,
    strength: torch.Tensor,
    generator: torch.Generator,  # noqa: ARG001
) -> torch.Tensor:
    """Inverted where lighter than a limit, which falls from white to black."""
    return torch.where(images > as_column(1 - strength, images), 1 - images, images)


@operations.register
def invert(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Light made dark; the strength is how probable it is."""
    mine = torch.rand(len(images), generator=generator) < strength
    return torch.where(as_column(mine, images) > 0, 1 - images, images)
