"""The augmentation of each published system, as it was meant: each image with its own draw."""

from __future__ import annotations

from typing import Any

import torch

from buffycoat.augmentations.chosen import chain, make_some
from buffycoat.augmentations.policy import policies
from buffycoat.augmentations.steps import Step, read_steps
from buffycoat.augmentations.strong import rand_augment

__all__ = ["system_3", "system_4", "system_5"]

_TURN_3 = 90 / 180
_BASIC_4 = [
    "mirror",
    {"name": "rotate", "high": 1.0},
    {"name": "brightness", "high": 0.4},
    {"name": "translate", "high": 0.45},
    {"name": "zoom", "high": 0.65},
]
_COVERED_4 = [{"name": "cutout", "probability": 0.2, "low": 0.6, "high": 0.6}]
_CHANCES_5 = (0.2, 0.35, 0.35, 0.1)
_GREY_5 = 0.2


@policies.register
def system_3(
    images: torch.Tensor, generator: torch.Generator, *, scale: float = 1.0
) -> torch.Tensor:
    """Mirror images and rotation by up to 90 degrees."""
    steps = ["mirror", {"name": "rotate", "high": _TURN_3}]
    return chain(images, generator, scale=scale, steps=steps)


@policies.register
def system_4(
    images: torch.Tensor, generator: torch.Generator, *, scale: float = 1.0
) -> torch.Tensor:
    """Turned, lit, shifted and scaled; then RandAugment of four operations, and cutout for a fifth.

    Rotation by .7 of a turn either way is any rotation; the other ranges are the published ones
    (brightness .2, translation .15, zoom .3).
    """
    images = chain(images, generator, scale=scale, steps=_BASIC_4)
    images = rand_augment(
        images, generator, scale=scale, n_operations=4, magnitude=0.6, spread=0.2, rate=0.8
    )
    return chain(images, generator, scale=scale, steps=_COVERED_4)


@policies.register
def system_5(
    images: torch.Tensor, generator: torch.Generator, *, scale: float = 1.0
) -> torch.Tensor:
    """One to four of channel shuffle, AugMix, grid mask and RandAugment; a fifth turned grey."""

    def three(some: torch.Tensor, strength: torch.Tensor, draws: torch.Generator) -> torch.Tensor:
        return rand_augment(some, draws, scale=float(strength.mean()), n_operations=3)

    names: list[Any] = ["mirror", {"name": "channel_shuffle", "low": 1.0}]
    names += [{"name": "augmix", "low": 0.3, "high": 0.3}, {"name": "grid_mask", "high": 0.83}]
    mirror, shuffle, mixed, grid = read_steps(names)
    images = mirror.act(images, generator)
    chances = torch.tensor(_CHANCES_5)
    n = torch.multinomial(chances, len(images), True, generator=generator) + 1
    steps = [shuffle, mixed, grid, Step(three, low=1.0)]
    images = make_some(images, generator, steps, n, scale)
    grey = {"name": "greyscale", "probability": _GREY_5, "low": 1.0}
    return chain(images, generator, scale=scale, steps=[grey])
