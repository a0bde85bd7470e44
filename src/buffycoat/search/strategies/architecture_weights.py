"""One learned weight for each option of each choice, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable

import torch

from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space

__all__ = ["ArchitectureWeights", "Mix"]

Mix = Callable[[torch.Tensor, float], torch.Tensor]
"""From the weights of one choice's options (n,) and how much of the search is done, 0 to 1, to
their probabilities (n,)."""

_FIRST_SPREAD = 1e-3


class ArchitectureWeights:
    """One weight for each option of each choice, float32 (n,), nearly equal at first."""

    def __init__(self, space: Space, device: torch.device, seed: int) -> None:
        self.space = space
        draws = torch.Generator().manual_seed(seed)
        self.of = {
            one.name: (torch.randn(len(one.options), generator=draws) * _FIRST_SPREAD)
            .to(device)
            .requires_grad_()
            for one in space.dimensions
        }

    @property
    def ahead(self) -> Architecture:
        """The option of the largest weight in every choice, active or not."""
        return {
            one.name: one.options[int(self.of[one.name].argmax())] for one in self.space.dimensions
        }

    def probabilities(self, mix: Mix, done: float) -> dict[str, torch.Tensor]:
        """What the shared network is given, by choice."""
        return {name: mix(weights, done) for name, weights in self.of.items()}
