"""Steps of a policy: an operation, how often it comes, and how strong it then is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from buffycoat.augmentations.draws import uniform
from buffycoat.augmentations.operations.catalogue import Operation, apply_where, operations
from buffycoat.errors import SettingError
from buffycoat.registry import Choice

__all__ = ["Step", "read_steps"]


@dataclass(frozen=True)
class Step:
    """One operation within a policy."""

    operation: Operation
    """The change."""
    probability: float = 1.0
    """For each image."""
    low: float = 0.0
    """Least strength that is drawn."""
    high: float = 1.0
    """Largest strength that is drawn."""

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise SettingError(f"a step's probability is {self.probability}: it goes from 0 to 1")
        if not 0 <= self.low <= self.high <= 1:
            said = f"a step's strength goes from low = {self.low} to high = {self.high}"
            raise SettingError(f"{said}: both lie between 0 and 1, low below high")

    def act(
        self,
        images: torch.Tensor,
        generator: torch.Generator,
        *,
        scale: float = 1.0,
        chosen: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The images, some of them changed.

        Args:
            images: (N, 3, H, W) in [0, 1].
            generator: Source of all draws.
            scale: Of the strengths, from 0 to 1.
            chosen: The only images (N,) that may be changed.
        """
        n = len(images)
        mine = torch.rand(n, generator=generator) < self.probability
        strength = uniform(n, self.low, self.high, generator) * scale
        mine = mine if chosen is None else mine & chosen
        return apply_where(self.operation, images, mine, strength, generator)


_OWN = ("probability", "low", "high")


def read_steps(given: Sequence[str | dict[str, Any]]) -> list[Step]:
    """Steps of names, or of tables `{name = ..., probability = ..., low = ..., high = ...}`.

    Raises:
        UnknownNameError: for a name that is no operation.
        SettingError: for an argument that it does not take, or when there are none.
    """
    if not isinstance(given, list | tuple) or not given:
        raise SettingError(f"steps are {given!r}: give a list of operations")
    return [_step(Choice.parse(one)) for one in given]


def _step(choice: Choice) -> Step:
    own = {name: choice.arguments[name] for name in _OWN if name in choice.arguments}
    for name, value in own.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SettingError(f"{choice.name}: {name} is {value!r}; it must be a number")
    rest = {name: value for name, value in choice.arguments.items() if name not in own}
    operation = operations.checked(Choice(choice.name, rest), "images", "strength", "generator")
    return Step(partial(operation, **rest), **own)
