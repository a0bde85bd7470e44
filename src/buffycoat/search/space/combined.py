"""Several inputs as one: what a fixed InputChoice leaves in the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn

__all__ = ["Combine", "Combined"]

Combine = Literal["sum", "concat", "mean"]


class Combined(nn.Module):
    """The sum, mean or concatenation of some of the inputs; torch.fx sees through it."""

    def __init__(self, chosen: Sequence[int], combine: Combine) -> None:
        super().__init__()
        self.chosen = list(chosen)
        self.combine = combine

    @property
    def n_chosen(self) -> int:
        """How many inputs are taken: a concatenation has so many times their channels."""
        return len(self.chosen)

    def forward(self, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
        """The chosen of all inputs, as one."""
        taken = [inputs[number] for number in self.chosen]
        if len(taken) == 1:
            return taken[0]
        if self.combine == "concat":
            return torch.cat(taken, 1)
        total = taken[0]
        for one in taken[1:]:
            total = total + one
        return total / len(taken) if self.combine == "mean" else total

    def extra_repr(self) -> str:
        """What print shows."""
        return f"{self.chosen}, {self.combine!r}"
