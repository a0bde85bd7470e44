"""Policies of steps that a recipe lists: a chain, some of them, or one pipeline of several."""

from __future__ import annotations

import math
from typing import Any

import torch

from buffycoat.augmentations.policy import build_policy, policies
from buffycoat.augmentations.steps import Step, read_steps
from buffycoat.errors import SettingError
from buffycoat.registry import Choice

__all__ = ["chain", "each_batch", "k_of_n", "make_some"]


@policies.register
def chain(
    images: torch.Tensor,
    generator: torch.Generator,
    *,
    scale: float = 1.0,
    steps: list[Any] | None = None,
) -> torch.Tensor:
    """One step after the other, each with a probability of its own.

    Args:
        images: (N, 3, H, W) in [0, 1].
        generator: Source of all draws.
        scale: Of all strengths.
        steps: Operations, or `{name, probability, low, high}`; by default a mirror image alone.
    """
    for step in read_steps(["mirror"] if steps is None else steps):
        images = step.act(images, generator, scale=scale)
    return images


@policies.register
def k_of_n(
    images: torch.Tensor,
    generator: torch.Generator,
    *,
    scale: float = 1.0,
    steps: list[Any] | None = None,
    chances: list[float] | None = None,
) -> torch.Tensor:
    """Some of the steps for each image, in the order in which they are listed.

    Args:
        images: (N, 3, H, W) in [0, 1].
        generator: Source of all draws.
        scale: Of all strengths.
        steps: Operations, or `{name, probability, low, high}`.
        chances: Of one step, of two, ... in any unit; by default of one alone.
    """
    read = read_steps(["mirror", "rotate"] if steps is None else steps)
    chances = [1.0] if chances is None else chances
    is_listed = isinstance(chances, list | tuple) and 0 < len(chances) <= len(read)
    if not is_listed or not all(_is_chance(chance) for chance in chances) or not any(chances):
        said = f"chances are {chances!r}: one for each number of steps, at most {len(read)}"
        raise SettingError(f"{said}, none negative and not all 0")
    n = torch.multinomial(torch.tensor(chances).float(), len(images), True, generator=generator) + 1
    return make_some(images, generator, read, n, scale)


@policies.register
def each_batch(
    images: torch.Tensor,
    generator: torch.Generator,
    *,
    scale: float = 1.0,
    pipelines: list[Any] | None = None,
) -> torch.Tensor:
    """Another pipeline for each batch, drawn from those given.

    Args:
        images: (N, 3, H, W) in [0, 1].
        generator: Source of all draws.
        scale: Of all strengths.
        pipelines: Policies, each a name or `{name, ...}`; by default light and microscopy.
    """
    given = pipelines if pipelines is not None else ["light", "microscopy"]
    if not isinstance(given, list) or not given:
        raise SettingError(f"pipelines are {given!r}: give a list of policies")
    built = [build_policy(Choice.parse(one)) for one in given]
    which = int(torch.randint(0, len(built), (), generator=generator))
    return built[which](images, generator, scale)


def _is_chance(given: Any) -> bool:
    return isinstance(given, int | float) and 0 <= given < math.inf


def make_some(
    images: torch.Tensor,
    generator: torch.Generator,
    steps: list[Step],
    n_made: torch.Tensor,
    scale: float,
) -> torch.Tensor:
    """As many of the steps (S) as each image is to have (N,), drawn without repeats."""
    place = torch.rand(len(images), len(steps), generator=generator).argsort(1).argsort(1)
    for i, step in enumerate(steps):
        mine = place[:, i] < n_made
        images = step.act(images, generator, scale=scale, chosen=mine)
    return images
