"""Every combination of varied settings."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from buffycoat.registry import Choice
from buffycoat.training.recipe import from_dict
from buffycoat.training.settings import TrainSettings
from buffycoat.training.variation import Variation

__all__ = ["Combination", "combine", "with_value"]


@dataclass(frozen=True)
class Combination:
    """One value for each varied setting, and the settings that this makes."""

    values: Mapping[str, Any]
    """By dotted name, in the order of the variations."""
    settings: TrainSettings


def combine(base: TrainSettings, variations: Sequence[Variation]) -> list[Combination]:
    """Every combination, the last variation changing first.

    Raises:
        SettingError: for a value that the setting cannot have.
    """
    # A choice is put in before the arguments within it, whichever was given first.
    order = sorted(variations, key=lambda variation: variation.is_argument)
    found: list[Combination] = []
    for values in itertools.product(*(variation.values for variation in variations)):
        by_name = {v.name: value for v, value in zip(variations, values, strict=True)}
        settings = base
        for variation in order:
            value = by_name[variation.name]
            is_argument = variation.is_argument
            settings = with_value(settings, variation.name, value, is_argument=is_argument)
        found.append(Combination(by_name, settings))
    return found


def with_value(
    settings: TrainSettings, name: str, value: Any, *, is_argument: bool = False
) -> TrainSettings:
    """The settings with another value in one place.

    Args:
        settings: What they are otherwise.
        name: Dotted name, such as `learning.learning_rate` or `augmentation.brightness`.
        value: Of the setting's type.
        is_argument: Whether the last part is an argument within a choice.

    Raises:
        SettingError: for a value that the setting cannot have.
    """
    path, argument = name.split("."), ""
    if is_argument:
        *path, argument = path
        before: Any = settings
        for part in path:
            before = getattr(before, part)
        value = Choice(before.name, {**before.arguments, argument: value})
    nested: Any = value
    for part in reversed(path):
        nested = {part: nested}
    return from_dict(settings, nested, "--vary")
