"""Policies that make no image that a microscope could not: few passes over the pixels."""

from __future__ import annotations

import torch

from buffycoat.augmentations.colour import jitter_colour
from buffycoat.augmentations.geometry import flip, move
from buffycoat.augmentations.policy import policies
from buffycoat.errors import SettingError

__all__ = ["flips", "light", "microscopy", "none"]


@policies.register
def none(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:  # noqa: ARG001
    """The images as they are."""
    return images


@policies.register
def flips(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each image mirrored and turned by quarters: a smear has no up and no left."""
    return flip(images, generator)


@policies.register
def light(
    images: torch.Tensor,
    generator: torch.Generator,
    *,
    brightness: float = 0.06,
    contrast: float = 0.1,
    colour: float = 0.03,
) -> torch.Tensor:
    """Each image mirrored and turned by quarters, its light and stain varied a little.

    No pixel is resampled: small images stay as sharp as they are.

    Args:
        images: (N, 3, H, W) in [0, 1].
        generator: Source of all draws.
        brightness: Largest change of brightness.
        contrast: Largest relative change of contrast.
        colour: Largest relative change of each channel on its own.
    """
    _check(brightness=brightness, contrast=contrast, colour=colour)
    images = flip(images, generator)
    return jitter_colour(images, generator, brightness=brightness, contrast=contrast, colour=colour)


@policies.register
def microscopy(
    images: torch.Tensor,
    generator: torch.Generator,
    *,
    rotation: float = 180.0,
    zoom: float = 0.15,
    shift: float = 0.08,
    brightness: float = 0.12,
    contrast: float = 0.12,
    colour: float = 0.06,
) -> torch.Tensor:
    """Each image turned, mirrored, scaled, shifted, and its light and stain varied a little.

    Args:
        images: (N, 3, H, W) in [0, 1].
        generator: Source of all draws.
        rotation: Largest angle either way, in degrees.
        zoom: Largest relative change of scale.
        shift: Largest shift, as a share of the side.
        brightness: Largest change of brightness.
        contrast: Largest relative change of contrast.
        colour: Largest relative change of each channel on its own.
    """
    _check(zoom=zoom, shift=shift, brightness=brightness, contrast=contrast, colour=colour)
    images = move(images, generator, rotation=rotation, zoom=zoom, shift=shift)
    return jitter_colour(images, generator, brightness=brightness, contrast=contrast, colour=colour)


def _check(**changes: float) -> None:
    """Let pass changes that leave an image of the kind that it was."""
    for name, most in changes.items():
        if not 0 <= most < 1:
            raise SettingError(f"{name} is {most}: the largest change is 0 or more, and below 1")
