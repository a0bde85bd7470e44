"""What a space lets one choose, and the architectures that follow from it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

__all__ = [
    "Architecture",
    "Condition",
    "Dimension",
    "active_part",
    "count_all",
    "draw_one",
    "is_active",
    "list_all",
]

Architecture = dict[str, Any]
Kind = Literal["layer", "input", "repeat", "value"]


@dataclass(frozen=True)
class Condition:
    """What must be chosen elsewhere for a choice to matter.

    Attributes:
        choice: The name of the choice around it.
        options: The options of that choice under which the inner choice is built.
    """

    choice: str
    options: tuple[Any, ...]


@dataclass(frozen=True)
class Dimension:
    """One choice of a space.

    Attributes:
        name: Unique in its space, with the names of the choices around it: `depth.0.kernel`.
        options: Candidates' names, values, depths, or lists of input numbers (counted from 0).
        parent: The condition of the choice next around it; None where it always matters.
        kind: What wrote it: LayerChoice, InputChoice, Repeat or ValueChoice.
    """

    name: str
    options: tuple[Any, ...]
    parent: Condition | None = None
    kind: Kind = "value"


def is_active(dimension: Dimension, chosen: Mapping[str, Any]) -> bool:
    """Whether a choice matters, given the active ones before it."""
    parent = dimension.parent
    return parent is None or (parent.choice in chosen and chosen[parent.choice] in parent.options)


def active_part(dimensions: Sequence[Dimension], architecture: Mapping[str, Any]) -> Architecture:
    """An architecture without the choices inside what it did not choose, in the space's order."""
    part: Architecture = {}
    for dimension in dimensions:
        if dimension.name in architecture and is_active(dimension, part):
            part[dimension.name] = architecture[dimension.name]
    return part


def draw_one(
    dimensions: Sequence[Dimension],
    rng: np.random.Generator,
    given: Mapping[str, Any] | None = None,
) -> Architecture:
    """An architecture at random: each active choice uniform over its options, or as given."""
    drawn: Architecture = {}
    for dimension in dimensions:
        if is_active(dimension, drawn):
            option = dimension.options[int(rng.integers(len(dimension.options)))]
            drawn[dimension.name] = (given or {}).get(dimension.name, option)
    return drawn


def list_all(dimensions: Sequence[Dimension], before: Architecture) -> Iterator[Architecture]:
    """Every architecture that begins with `before`, once each, the last choice turning fastest."""
    if not dimensions:
        yield dict(before)
        return
    first, rest = dimensions[0], dimensions[1:]
    if not is_active(first, before):
        yield from list_all(rest, before)
        return
    for option in first.options:
        yield from list_all(rest, {**before, first.name: option})


def count_all(dimensions: Sequence[Dimension]) -> int:
    """The number of different architectures, exactly, without listing them."""
    inside: dict[str | None, list[Dimension]] = {}
    for dimension in dimensions:
        around = dimension.parent.choice if dimension.parent else None
        inside.setdefault(around, []).append(dimension)
    counts: dict[str, int] = {}
    # Choices come after the ones around them, so that backwards every inner one is counted first.
    for dimension in reversed(dimensions):
        inner = inside.get(dimension.name, [])
        counts[dimension.name] = sum(
            math.prod(counts[one.name] for one in inner if _holds(one, option))
            for option in dimension.options
        )
    return math.prod(counts[dimension.name] for dimension in inside.get(None, []))


def _holds(inner: Dimension, option: Any) -> bool:
    return inner.parent is not None and option in inner.parent.options
