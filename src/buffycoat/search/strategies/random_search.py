"""Architectures drawn by chance: what every other strategy has to beat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.drawing import generator, unseen
from buffycoat.search.strategies.strategy import Scored, SearchTask, strategies
from buffycoat.search.strategies.trials import Here, Propose, run_trials

__all__ = ["propose_by_chance", "random_search"]


@strategies.register
def random_search(
    space: Space,
    task: SearchTask,
    *,
    seed: int,
    budget: SearchBudget,
    past: Sequence[Scored] = (),
) -> Iterator[Scored]:
    """Architectures drawn by chance, none twice.

    Args:
        space: Where the architectures are from.
        task: What trains and scores.
        seed: What the draws and the trainings depend on.
        budget: How long; without a limit, until the space is through.
        past: What an earlier part of the same search scored.

    Source:
        Li and Talwalkar, Random search and reproducibility for neural architecture search, UAI
        2019: the baseline that a strategy has to beat.
    """
    propose = propose_by_chance(space, seed=seed)
    return run_trials(propose, Here(space, task), seed=seed, budget=budget, past=past)


def propose_by_chance(space: Space, *, seed: int) -> Propose:
    """A drawn architecture that was not scored yet."""

    def propose(past: Sequence[Scored]) -> Architecture | None:
        return unseen(space, generator(seed, len(past)), past)

    return propose
