"""A network's layers as rows: number, name, type, block, parameters, cost and whether it learns."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from buffycoat.models.freezing import learning_layers
from buffycoat.models.network import Network

__all__ = ["Layer", "list_layers", "multiply_adds"]


@dataclass(frozen=True)
class Layer:
    """One layer that has parameters."""

    number: int
    """From 1, as `freeze_first` counts."""
    name: str
    """Its name in the network."""
    type: str
    """Its class."""
    block: str
    """The block that it belongs to, as `freeze_blocks` takes it."""
    parameters: int
    """Number of its own weights and biases."""
    multiply_adds: int
    """Cost for one image, of matrix products and convolutions."""
    learns: bool
    """Whether any of its parameters learns."""


def list_layers(network: Network, image_px: tuple[int, int]) -> list[Layer]:
    """The layers that hold parameters, in order, after whatever freezing was applied.

    Products that belong to no such layer, as within attention, are counted with the first layer
    of the module they are in, so that the costs add up to the network's.
    """
    layers = learning_layers(network)
    costs = _own_costs(_counted(network, image_px), [name for name, _ in layers])
    block_of = {name: block for block, names in network.blocks().items() for name in names}
    return [
        Layer(
            number,
            name,
            type(module).__name__,
            block_of[f"{name}.{next(iter(dict(module.named_parameters(recurse=False))))}"],
            sum(p.numel() for p in module.parameters(recurse=False)),
            costs[name],
            any(p.requires_grad for p in module.parameters(recurse=False)),
        )
        for number, (name, module) in enumerate(layers, start=1)
    ]


def multiply_adds(network: nn.Module, image_px: tuple[int, int]) -> int:
    """Multiply-adds of any whole network for one image."""
    return _counted(network, image_px)[""]


def _counted(network: nn.Module, image_px: tuple[int, int]) -> dict[str, int]:
    """Multiply-adds by module name, inner ones counted; the whole network under the empty name."""
    device = next(itertools.chain(network.parameters(), network.buffers())).device
    image = torch.zeros(1, 3, *image_px, device=device)
    with _evaluating(network), FlopCounterMode(display=False) as counter:
        network(image)
    # The counter counts a multiplication and an addition as two.
    found = {
        name.partition(".")[2]: sum(counts.values()) // 2
        for name, counts in counter.get_flop_counts().items()
    }
    return {**found, "": counter.get_total_flops() // 2}


@contextmanager
def _evaluating(network: nn.Module) -> Iterator[None]:
    mode, fast = network.training, torch.backends.mha.get_fastpath_enabled()
    network.eval()
    torch.backends.mha.set_fastpath_enabled(False)  # one fused call that the counter cannot see
    try:
        with torch.no_grad():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        network.train(mode)


def _own_costs(counted: dict[str, int], layers: list[str]) -> dict[str, int]:
    own = dict(counted)
    for name in filter(None, counted):
        outer = name.rpartition(".")[0]
        while outer not in counted:  # a list of modules is never called itself
            outer = outer.rpartition(".")[0]
        own[outer] -= counted[name]
    costs = dict.fromkeys(layers, 0)
    for name, cost in own.items():
        inside = (n for n in layers if n == name or not name or n.startswith(f"{name}."))
        place = name if name in costs else next(inside, None)
        if cost and place is not None:
            costs[place] += cost
    return costs
