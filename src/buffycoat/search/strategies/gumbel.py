"""DARTS with Gumbel-softmax: the network's weights learn one drawn option at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F

from buffycoat.errors import SettingError
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.architecture_weights import Mix
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.relaxed import Course, search_relaxed
from buffycoat.search.strategies.strategy import Scored, SearchTask, strategies

__all__ = ["gumbel"]

_LAST_TEMPERATURE = 0.2


@strategies.register
def gumbel(  # noqa: PLR0913  (its own settings)
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
    temperature: float = 5.0,
) -> Iterator[Scored]:
    """The options of the largest weights, in a network that learns one drawn option at a time.

    The network's weights learn with what is drawn alone, as it will be in the network that is
    chosen. The architecture's weights learn from the draw before it is rounded, all options
    together: behind what is drawn alone a norm takes any factor away again, and with it the
    gradient of its probability.

    Args:
        space: Where the architectures are from.
        task: What has the rows.
        seed: What first weights, draws and batches depend on.
        budget: Its seconds; fewer epochs are made where they do not last.
        asked: Architectures that are scored in the end as well, by the shared weights.
        epochs: At most so many.
        rate: Highest learning rate of the network's weights.
        architecture_rate: Learning rate of the architecture's weights.
        patience: Epochs with the same options ahead after which it ends; 0 never ends early.
        temperature: Of the softmax at first; it falls to 0.2, by the same factor in every step.

    Raises:
        SettingError: for a temperature that is not above 0, and as `darts`.
        SpaceError: for a space whose options cannot be mixed; it names the choice.

    Source:
        Xie et al., SNAS: stochastic neural architecture search, ICLR 2019, for the architecture's
        weights; Dong and Yang, Searching for a robust neural architecture in four GPU hours, CVPR
        2019, for the network's.
    """
    if not temperature > 0:
        raise SettingError(f"gumbel: temperature is {temperature}; it must be above 0")
    course = Course("gumbel", epochs, rate, architecture_rate, patience)
    mix, drawn = _drawn(temperature, hard=False), _drawn(temperature, hard=True)
    return search_relaxed(
        space, task, mix, course, seed=seed, budget=budget, asked=asked, drawn=drawn
    )


def _drawn(first: float, *, hard: bool) -> Mix:
    """Draws, cooler and cooler: one-hot, or as they are before they are rounded."""

    def mix(weights: torch.Tensor, done: float) -> torch.Tensor:
        tau = first * (_LAST_TEMPERATURE / first) ** done
        return F.gumbel_softmax(weights, tau=tau, hard=hard, dim=0)

    return mix
