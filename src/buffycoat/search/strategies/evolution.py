"""Regularised evolution: the best of a sample has a child, and the oldest dies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from buffycoat.errors import SettingError
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.drawing import generator, mutated, unseen, unseen_of
from buffycoat.search.strategies.settling import check_patience, is_settled
from buffycoat.search.strategies.strategy import Scored, SearchTask, strategies
from buffycoat.search.strategies.trials import Here, Propose, run_trials

__all__ = ["evolution", "fittest", "propose_children"]

_FIRST, _EVERY = 2, 4
"""Trials that are drawn by chance: the first, and every so many while the population grows."""


@strategies.register
def evolution(
    space: Space,
    task: SearchTask,
    *,
    seed: int,
    budget: SearchBudget,
    past: Sequence[Scored] = (),
    population: int = 20,
    sample: int = 5,
    patience: int = 100,
) -> Iterator[Scored]:
    """Children of the best of a sample, by one mutation each; the oldest of the population dies.

    The published one has 100 alive and samples 25, for 20,000 trials, and draws its first 100 by
    chance; the defaults are for ten to a few hundred. So that few trials evolve too, while the
    population grows every fourth is drawn by chance, and the others are children from the third
    trial on. A child that was scored before is drawn again.

    Args:
        space: Where the architectures are from.
        task: What trains and scores.
        seed: What the draws and the trainings depend on.
        budget: How long; without a limit, until the space is through.
        past: What an earlier part of the same search scored.
        population: Architectures that are alive; as many are drawn by chance.
        sample: How many of them the parent is the best of.
        patience: Trials without a better one after which it ends; 0 never ends early.

    Raises:
        SettingError: for a sample larger than the population or an empty one, or a patience
            below 0.

    Source:
        Real et al., Regularized evolution for image classifier architecture search, AAAI 2019.
    """
    given = {"population": population, "sample": sample, "patience": patience}
    propose = propose_children(space, seed=seed, **given)
    return run_trials(propose, Here(space, task), seed=seed, budget=budget, past=past)


def propose_children(
    space: Space, *, seed: int, population: int = 20, sample: int = 5, patience: int = 100
) -> Propose:
    """Children, and drawn architectures among them for as long as the population grows.

    Raises:
        SettingError: for a sample larger than the population or an empty one, or a patience
            below 0.
    """
    check_patience(patience)
    if not 1 <= sample <= population:
        said = f"evolution: a sample of {sample} from a population of {population}"
        raise SettingError(f"{said}; the sample is 1 or more, and no larger than the population")

    def propose(past: Sequence[Scored]) -> Architecture | None:
        if is_settled(past, patience):
            return None
        n, rng = len(past), generator(seed, len(past))
        if n < _FIRST or (n < _EVERY * population and n % _EVERY == 0):
            return unseen(space, rng, past)
        # Each new one adds itself and takes the oldest away: the last ones are those alive.
        alive = past[-population:]
        parent = fittest(alive, min(sample, len(alive)), rng)
        return unseen_of(lambda: mutated(parent.architecture, space, rng), space, rng, past)

    return propose


def fittest(alive: Sequence[Scored], sample: int, rng: np.random.Generator) -> Scored:
    """The best of a sample, drawn without replacement; what has no score counts as worst."""
    drawn = [alive[int(i)] for i in rng.choice(len(alive), sample, replace=False)]
    return max(drawn, key=lambda one: one.score if math.isfinite(one.score) else -math.inf)
