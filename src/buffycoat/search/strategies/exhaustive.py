"""Every architecture of a space, in its own order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buffycoat.errors import SettingError
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.strategy import Scored, SearchTask, key_of, strategies
from buffycoat.search.strategies.trials import Here, Propose, run_trials

__all__ = ["exhaustive", "propose_every"]


@strategies.register
def exhaustive(
    space: Space,
    task: SearchTask,
    *,
    seed: int,
    budget: SearchBudget,
    past: Sequence[Scored] = (),
    most: int = 2000,
) -> Iterator[Scored]:
    """Every architecture, once.

    Args:
        space: Where the architectures are from.
        task: What trains and scores.
        seed: What the trainings depend on.
        budget: Where it ends before the space does, the rest stays untried.
        past: What an earlier part of the same search scored.
        most: A larger space is refused.

    Raises:
        SettingError: for a space of more architectures.
    """
    propose = propose_every(space, seed=seed, most=most)
    return run_trials(propose, Here(space, task), seed=seed, budget=budget, past=past)


def propose_every(space: Space, *, seed: int, most: int = 2000) -> Propose:  # noqa: ARG001
    """The first architecture of the space that was not scored yet.

    Raises:
        SettingError: for a space of more than `most` architectures.
    """
    if space.n_architectures > most:
        said = f"an exhaustive search tries all {space.n_architectures:,} architectures"
        raise SettingError(f"{said}: take random_search, or set most to allow it")
    every = {key_of(one): one for one in space.every()}

    def propose(past: Sequence[Scored]) -> Architecture | None:
        seen = {key_of(one.architecture) for one in past}
        return next((one for key, one in every.items() if key not in seen), None)

    return propose
