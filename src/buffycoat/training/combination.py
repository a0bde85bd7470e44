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

__all__ = ["Combination", "combine"]


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
            settings = _with(settings, variation, by_name[variation.name])
        found.append(Combination(by_name, settings))
    return found


def _with(settings: TrainSettings, variation: Variation, value: Any) -> TrainSettings:
    path, argument = variation.name.split("."), ""
    if variation.is_argument:
        *path, argument = path
        before: Any = settings
        for part in path:
            before = getattr(before, part)
        value = Choice(before.name, {**before.arguments, argument: value})
    nested: Any = value
    for part in reversed(path):
        nested = {part: nested}
    return from_dict(settings, nested, "--vary")
