"""Strong policies: images as no microscope makes them, so that a network holds on damaged ones."""

from __future__ import annotations

from functools import cache

import torch

from buffycoat.augmentations.chosen import make_some
from buffycoat.augmentations.policy import policies
from buffycoat.augmentations.steps import Step, read_steps
from buffycoat.errors import SettingError

__all__ = ["DAMAGED", "competition", "distort_some", "rand_augment", "trivial_augment"]

USUAL = (
    "auto_contrast",
    "brightness",
    "colour_degeneration",
    "contrast",
    "equalise",
    "posterise",
    "rotate",
    "saturation",
    "sharpness",
    "shear",
    "solarise",
    "translate",
)
"""The operations of RandAugment."""

DAMAGED = (
    "rotate",
    "shear",
    "translate",
    "zoom",
    "brightness",
    "contrast",
    "solarise",
    "hue",
    "saturation",
    "channel_shuffle",
    "channel_shift",
    "augmix",
    "noise",
    "blur",
    "grid_mask",
    "cutout",
)
"""What the images of the competition went through."""


@policies.register
def rand_augment(
    images: torch.Tensor,
    generator: torch.Generator,
    *,
    scale: float = 1.0,
    n_operations: int = 2,
    magnitude: float = 0.5,
    spread: float = 0.2,
    rate: float = 1.0,
) -> torch.Tensor:
    """A few operations for each image, all about equally strong.

    Args:
        images: (N, 3, H, W) in [0, 1].
        generator: Source of all draws.
        scale: Of all strengths.
        n_operations: For each image.
        magnitude: Middle of the strengths, 0 to 1.
        spread: Half the width of the range that strengths are drawn from.
        rate: Probability of each operation that was drawn.

    Source:
        Cubuk et al., RandAugment, NeurIPS 2020; its operations are drawn for each image here, none
        twice, and come in the order of their names.
    """
    if not 0 < n_operations <= len(USUAL):
        said = f"n_operations is {n_operations}"
        raise SettingError(f"{said}: 1 to {len(USUAL)}, which there are to choose from")
    if not (0 <= magnitude <= 1 and 0 <= spread <= 1):
        said = f"magnitude is {magnitude} and spread {spread}"
        raise SettingError(f"{said}: a strength and a width of strengths, each from 0 to 1")
    low, high = max(0.0, magnitude - spread), min(1.0, magnitude + spread)
    steps = [Step(step.operation, rate, low, high) for step in _steps(USUAL)]
    n = torch.full((len(images),), n_operations)
    return make_some(images, generator, steps, n, scale)


@policies.register
def trivial_augment(
    images: torch.Tensor, generator: torch.Generator, *, scale: float = 1.0
) -> torch.Tensor:
    """One operation for each image, of any strength.

    Args:
        images: (N, 3, H, W) in [0, 1].
        generator: Source of all draws.
        scale: Of all strengths.

    Source:
        Müller and Hutter, TrivialAugment, ICCV 2021.
    """
    return make_some(images, generator, _steps(USUAL), torch.ones(len(images)), scale)


@policies.register
def competition(
    images: torch.Tensor,
    generator: torch.Generator,
    *,
    scale: float = 1.0,
    clean: float = 0.2,
    most: int = 4,
) -> torch.Tensor:
    """A mirror image, and for most images one to four strong operations of sixteen.

    Args:
        images: (N, 3, H, W) in [0, 1].
        generator: Source of all draws.
        scale: Of all strengths.
        clean: Share of the images that are mirrored alone: what a network is to know first.
        most: Operations at most.
    """
    if not 0 <= clean <= 1 or not 0 < most <= len(DAMAGED):
        said = f"clean is {clean} and most is {most}"
        raise SettingError(f"{said}: a share, and 1 to {len(DAMAGED)} operations")
    images = _steps(("mirror",))[0].act(images, generator)
    n = torch.randint(1, most + 1, (len(images),), generator=generator)
    n[torch.rand(len(images), generator=generator) < clean] = 0
    return make_some(images, generator, _steps(DAMAGED), n, scale)


def distort_some(
    images: torch.Tensor, generator: torch.Generator, strength: float, most: int = 4
) -> torch.Tensor:
    """Each image through one to `most` of the competition's operations.

    Args:
        images: (N, 3, H, W) in [0, 1].
        generator: Source of all draws.
        strength: Largest; half of it is the least.
        most: Operations at most.
    """
    n = torch.randint(1, most + 1, (len(images),), generator=generator)
    steps = [Step(step.operation, 1.0, strength / 2, strength) for step in _steps(DAMAGED)]
    return make_some(images, generator, steps, n, 1.0)


@cache
def _steps(names: tuple[str, ...]) -> list[Step]:
    return read_steps(list(names))
