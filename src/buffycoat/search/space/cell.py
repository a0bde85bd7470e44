"""A cell: a small graph whose connections and layers are both chosen."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import nn

from buffycoat.errors import SpaceError
from buffycoat.search.space.building import current_builder
from buffycoat.search.space.choices import InputChoice, LayerChoice
from buffycoat.search.space.combined import Combine, Combined

__all__ = ["Cell"]


class Cell(nn.Module):
    """Nodes in a row; each adds up `n_slots` layers, each of one input or earlier node.

    The choices are `NAME.NODE.SLOT.input` (0 is the first input; nodes follow the inputs) and
    `NAME.NODE.SLOT.layer`. What it gives are all the nodes together: with `concat`, `n_nodes`
    times the channels of one. Called with the list of its inputs.

    Args:
        name: Unique among the choices beside it.
        candidates: Functions that build the layers, by name; all keep the shape of their input.
        n_nodes: From 1.
        n_inputs: How many inputs the cell takes, from 1; all of the same shape.
        n_slots: Layers per node, from 1.
        combine: What becomes of the nodes: concat, sum or mean.

    Raises:
        SpaceError: for numbers below 1.

    Source:
        The cell of Zoph et al. (2018), Learning Transferable Architectures for Scalable Image
        Recognition, and Liu et al. (2019), DARTS.
    """

    def __init__(
        self,
        name: str,
        candidates: Mapping[str, Callable[[], nn.Module]],
        *,
        n_nodes: int = 2,
        n_inputs: int = 2,
        n_slots: int = 2,
        combine: Combine = "concat",
    ) -> None:
        super().__init__()
        builder = current_builder(name)
        if min(n_nodes, n_inputs, n_slots) < 1:
            raise SpaceError(f"cell {name!r}: n_nodes, n_inputs and n_slots are at least 1")
        self.sources = nn.ModuleList()
        self.layers = nn.ModuleList()
        for node in range(n_nodes):
            for slot in range(n_slots):
                with builder.within(f"{name}.{node}.{slot}"):
                    self.sources.append(InputChoice("input", n_inputs + node))
                    self.layers.append(LayerChoice("layer", candidates))
        self.n_inputs = n_inputs
        self.n_slots = n_slots
        self.together = Combined(range(n_nodes), combine)

    def forward(self, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
        """All nodes together."""
        known = list(inputs)
        for first in range(0, len(self.layers), self.n_slots):
            slots = range(first, first + self.n_slots)
            outputs = [self.layers[i](self.sources[i](known)) for i in slots]
            known.append(functools.reduce(torch.add, outputs))
        output: torch.Tensor = self.together(known[self.n_inputs :])
        return output
