"""Colour of whole batches, each image with its own draw."""

from __future__ import annotations

import torch

from buffycoat.augmentations.draws import uniform

__all__ = ["jitter_colour"]


def jitter_colour(
    images: torch.Tensor,
    generator: torch.Generator,
    *,
    brightness: float = 0.0,
    contrast: float = 0.0,
    colour: float = 0.0,
) -> torch.Tensor:
    """Each image with its light, contrast and channel gains changed, kept in [0, 1].

    All three are one gain and one offset for each channel, so that they cost one pass.

    Args:
        images: (N, 3, H, W) in [0, 1].
        generator: Source of all draws.
        brightness: Largest offset either way.
        contrast: Largest relative change of the distance from the image's own mean.
        colour: Largest relative change of one channel on its own.
    """
    n = len(images)
    mean = images.mean(dim=(1, 2, 3))
    stretch = (1 + uniform(n, -contrast, contrast, generator)).to(images)
    light = uniform(n, -brightness, brightness, generator).to(images)
    channel = (1 + (torch.rand(n, 3, generator=generator) * 2 - 1) * colour).to(images)
    gain = stretch[:, None] * channel
    offset = (mean * (1 - stretch) + light)[:, None] * channel
    return torch.addcmul(offset[..., None, None], images, gain[..., None, None]).clamp_(0, 1)
