"""A few architectures that hold all options of a space, and as many pairs as they can."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from buffycoat.search.space.dimension import Architecture, Dimension, draw_one

__all__ = ["cover"]

# The best of so many drawn architectures is taken.
DRAWN = 8

Pair = frozenset[tuple[str, int]]


def cover(
    dimensions: Sequence[Dimension], most: int, rng: np.random.Generator
) -> list[Architecture]:
    """Architectures, each with the most pairs of options that none before it has.

    The first ones hold each option at least once, where `most` is enough.

    Args:
        dimensions: The choices of a space.
        most: How many architectures at most.
        rng: What is drawn from.
    """
    left = [(one, option) for one in dimensions for option in one.options]
    covered: set[Pair] = set()
    taken: list[Architecture] = []
    while len(taken) < most:
        forced = _forced(dimensions, *left[0]) if left else {}
        drawn = [draw_one(dimensions, rng, forced) for _ in range(DRAWN)]
        pairs = [_pairs(dimensions, one) - covered for one in drawn]
        best = max(range(DRAWN), key=lambda n: len(pairs[n]))
        if not pairs[best] and not left:
            break
        taken.append(drawn[best])
        covered |= pairs[best]
        chosen = drawn[best]
        left = [(d, o) for d, o in left if not (d.name in chosen and chosen[d.name] == o)]
    return taken


def _forced(dimensions: Sequence[Dimension], dimension: Dimension, option: Any) -> Architecture:
    """An option with what must be chosen around it."""
    named = {one.name: one for one in dimensions}
    forced = {dimension.name: option}
    while dimension.parent:
        forced[dimension.parent.choice] = dimension.parent.options[0]
        dimension = named[dimension.parent.choice]
    return forced


def _pairs(dimensions: Sequence[Dimension], architecture: Architecture) -> set[Pair]:
    numbers = [
        (one.name, one.options.index(architecture[one.name]))
        for one in dimensions
        if one.name in architecture
    ]
    return {frozenset(pair) for pair in itertools.combinations(numbers, 2)}
