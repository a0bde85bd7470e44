"""Colour: channels against each other."""

from __future__ import annotations

import math

import torch

from buffycoat.augmentations.draws import as_column, signs
from buffycoat.augmentations.operations.operation import operations

__all__ = [
    "channel_shift",
    "channel_shuffle",
    "colour_degeneration",
    "greyscale",
    "hue",
    "saturation",
]

_SHIFT = 0.4
_GREY = (0.299, 0.587, 0.114)  # ITU-R BT.601


@operations.register
def saturation(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Colours stronger or weaker; at strength 1 twice as strong, or none at all."""
    factor = 1 + strength * signs(len(images), generator)
    return torch.lerp(_grey(images), images, as_column(factor, images)).clamp_(0, 1)


@operations.register
def hue(images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Every hue turned about the colour circle; at strength 1 to the other side of it."""
    from kornia.enhance import adjust_hue

    turn = math.pi * strength * signs(len(images), generator)
    return torch.as_tensor(adjust_hue(images, turn.to(images))).clamp(0, 1)


@operations.register
def channel_shuffle(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """The channels in one of their six orders; the strength is how probable that is."""
    order = torch.rand(len(images), 3, generator=generator).argsort(1)
    mine = torch.rand(len(images), generator=generator) < strength
    order = torch.where(mine[:, None], order, torch.arange(3)).to(images.device)
    return images.gather(1, order[..., None, None].expand(images.shape))


@operations.register
def channel_shift(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Each channel lighter or darker on its own; at strength 1 by up to .4."""
    step = (torch.rand(len(images), 3, generator=generator) * 2 - 1) * _SHIFT
    return (images + as_column(step * strength[:, None], images)).clamp_(0, 1)


@operations.register
def colour_degeneration(
    images: torch.Tensor,
    strength: torch.Tensor,
    generator: torch.Generator,  # noqa: ARG001
) -> torch.Tensor:
    """Colours faded; at strength 1 to grey."""
    return torch.lerp(images, _grey(images), as_column(strength, images))


@operations.register
def greyscale(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Grey; the strength is how probable it is."""
    mine = torch.rand(len(images), generator=generator) < strength
    return torch.where(as_column(mine, images) > 0, _grey(images), images)


def _grey(images: torch.Tensor) -> torch.Tensor:
    weights = torch.tensor(_GREY, dtype=images.dtype, device=images.device)
    return torch.einsum("nchw,c->nhw", images, weights)[:, None].expand(images.shape)
