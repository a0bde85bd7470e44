"""What a strategy is: architectures in, scored as it goes; and which of them it chose."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import nn

from buffycoat.registry import Registry
from buffycoat.search.space.dimension import Architecture

__all__ = ["GIVEN", "How", "Part", "Scored", "SearchTask", "chosen", "key_of", "strategies"]

How = Literal["trained", "shared", "interim", "asked"]
"""`trained`: weights of its own. `shared`: those of the shared network when its training was over.
`interim`: those on the way there, where only the last counts. `asked`: the shared ones too, of an
architecture that was to be scored and not to be chosen."""

Part = Literal["weights", "architecture"]
"""The two halves of the training rows: for the network's weights, and for the choice."""

strategies: Registry[Callable[..., Iterator[Scored]]] = Registry("strategy")

GIVEN = ("space", "task", "seed", "budget", "asked", "past")
"""What a search gives a strategy itself: no user sets these by `--strategy`."""


@dataclass(frozen=True)
class Scored:
    """An architecture and what it scored."""

    architecture: Architecture
    """Its active choices."""
    score: float
    """Higher is better; NaN where it could not be scored."""
    seconds: float
    """What it took, training and all."""
    how: How
    """With which weights it was scored."""
    reason: str = ""
    """Why the score is NaN."""
    number: int = 0
    """What its training depends on, beside the seed of the search: each `trained` has its own."""


class SearchTask(Protocol):
    """What trains and scores networks for a strategy."""

    n_classes: int
    """C."""
    device: torch.device
    """Where networks are trained."""

    def score(self, network: nn.Module, seed: int) -> float:
        """The figure of the validation rows after a training from scratch on the training rows.

        Args:
            network: Images float (N, 3, H, W) to logits (N, C); it is changed in place.
            seed: What the draws of the training depend on.
        """
        ...

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """The context in which networks compute: their precision."""
        ...

    def validate(self, network: nn.Module) -> float:
        """The figure of the validation rows, with the weights as they are."""
        ...

    def batches(self, part: Part, seed: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """One epoch: images float (N, 3, H, W) and class ids (N,), on the device.

        Args:
            part: Which half of the training rows; no group is in both.
            seed: What order and augmentation depend on; another one for each epoch.
        """
        ...

    def n_batches(self, part: Part) -> int:
        """How many batches one epoch of a half has."""
        ...


def chosen(found: Sequence[Scored]) -> Scored | None:
    """What a search chose of all that it scored; None where nothing has a score.

    The best by weights of its own, or by shared weights when their training was over; where it was
    cut short before, the best one on the way.
    """
    finite = [one for one in found if math.isfinite(one.score) and one.how != "asked"]
    done = [one for one in finite if one.how != "interim"]
    return max(done or finite, key=lambda one: one.score, default=None)


def key_of(architecture: Architecture) -> tuple[tuple[str, str], ...]:
    """The same for two architectures that are the same, whatever the order of their choices."""
    return tuple(sorted((name, repr(option)) for name, option in architecture.items()))
