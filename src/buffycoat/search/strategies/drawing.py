"""Architectures drawn so that none is tried twice: all of a space, one of the rest, a mutation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.strategy import Scored, key_of

__all__ = ["draw_different", "generator", "mutated", "unseen", "unseen_of"]

_MANY_TRIES = 1000
_MOST_DRAWS = 100
"""For each of several that are to differ."""

_FEW = 20_000
"""A space of no more architectures is walked through when draws find nothing new."""

Key = tuple[tuple[str, str], ...]


def generator(*numbers: int) -> np.random.Generator:
    """A source of draws of its own for each combination of numbers."""
    return np.random.default_rng(np.random.SeedSequence(numbers))


def draw_different(space: Space, n: int, seed: int) -> tuple[Architecture, ...]:
    """So many different architectures by chance; all of a space that has no more."""
    if space.n_architectures <= n:
        return tuple(space.every())
    rng = np.random.default_rng((seed, 17))
    found: dict[object, Architecture] = {}
    for _ in range(_MOST_DRAWS * n):
        if len(found) == n:
            break
        one = space.draw(rng)
        found.setdefault(key_of(one), one)
    return tuple(found.values())


def unseen(space: Space, rng: np.random.Generator, past: Sequence[Scored]) -> Architecture | None:
    """A drawn architecture that was not scored yet; None where none can be found."""
    return unseen_of(lambda: space.draw(rng), space, rng, past)


def unseen_of(
    draw: Callable[[], Architecture],
    space: Space,
    rng: np.random.Generator,
    past: Sequence[Scored],
    n_tries: int = 50,
) -> Architecture | None:
    """What `draw` gives, drawn again while it was scored before; else any other of the space.

    Args:
        draw: Gives an architecture, another each time.
        space: Where the others are.
        rng: What decides between them.
        past: What was scored.
        n_tries: Draws before another of the space is taken.
    """
    seen = {key_of(one.architecture) for one in past}
    for _ in range(n_tries):
        found = draw()
        if key_of(found) not in seen:
            return found
    return _of_the_rest(space, rng, seen)


def _of_the_rest(space: Space, rng: np.random.Generator, seen: set[Key]) -> Architecture | None:
    if space.n_architectures > max(_FEW, 2 * len(seen)):
        for _ in range(_MANY_TRIES):  # among so many, a draw finds a new one soon
            found = space.draw(rng)
            if key_of(found) not in seen:
                return found
        return None
    rest = [one for one in space.every() if key_of(one) not in seen]
    return rest[int(rng.integers(len(rest)))] if rest else None


def mutated(parent: Architecture, space: Space, rng: np.random.Generator) -> Architecture:
    """The parent with another option for one of its active choices.

    Choices that become active by it are drawn.

    Args:
        parent: An architecture of the space.
        space: Its space.
        rng: The source of the draws.
    """
    dimensions = {one.name: one for one in space.dimensions}
    names = [name for name in parent if len(dimensions[name].options) > 1]
    name = names[int(rng.integers(len(names)))]
    others = [option for option in dimensions[name].options if option != parent[name]]
    whole = {one.name: one.options[int(rng.integers(len(one.options)))] for one in space.dimensions}
    whole |= parent
    whole[name] = others[int(rng.integers(len(others)))]
    return space.active(whole)
