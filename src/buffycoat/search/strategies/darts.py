"""DARTS, first order: all candidates together, weighed, and the weights learn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.relaxed import Course, search_relaxed
from buffycoat.search.strategies.strategy import Scored, SearchTask, strategies

__all__ = ["darts"]


@strategies.register
def darts(
    space: Space,
    task: SearchTask,
    *,
    seed: int,
    budget: SearchBudget,
    asked: Sequence[Architecture] = (),
    epochs: int = 30,
    rate: float = 2e-3,
    architecture_rate: float = 0.02,
    patience: int = 8,
) -> Iterator[Scored]:
    """The options of the largest weights, learned by gradient beside the network's own.

    In turn, the architecture's weights take a step (Adam) on rows held out from the network's, and
    the network's take one (AdamW) on theirs. The published rate of the architecture's weights is
    3e-4, for twenty thousand steps; the default is for a few hundred to a few thousand.

    Args:
        space: Where the architectures are from.
        task: What has the rows.
        seed: What first weights and batches depend on.
        budget: Its seconds; fewer epochs are made where they do not last.
        asked: Architectures that are scored in the end as well, by the shared weights.
        epochs: At most so many.
        rate: Highest learning rate of the network's weights.
        architecture_rate: Learning rate of the architecture's weights.
        patience: Epochs with the same options ahead after which it ends; 0 never ends early.

    Source:
        Liu et al., DARTS: differentiable architecture search, ICLR 2019 (first order).
    """
    course = Course("darts", epochs, rate, architecture_rate, patience)
    return search_relaxed(space, task, _softmax, course, seed=seed, budget=budget, asked=asked)


def _softmax(weights: torch.Tensor, done: float) -> torch.Tensor:  # noqa: ARG001
    return weights.softmax(0)
