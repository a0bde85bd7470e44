"""A network's layers as rows: number, name, type, block, parameters, cost and whether it learns."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from buffycoat.models.freezing import leaf_layers
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
    """The block that it belongs to."""
    parameters: int
    """Weights and biases."""
    multiply_adds: int
    """Cost for one image, of matrix products and convolutions."""
    learns: bool
    """Whether any of its parameters learns."""


def list_layers(network: Network, image_px: tuple[int, int]) -> list[Layer]:
    """The layers that have parameters, in order."""
    costs = _costs(network, image_px)
    block_of = {name: block for block, names in network.blocks().items() for name in names}
    rows = []
    for number, (name, module) in enumerate(leaf_layers(network), start=1):
        own = dict(module.named_parameters(recurse=False))
        block = block_of[f"{name}.{next(iter(own))}" if name else next(iter(own))]
        is_leaf = not any(True for _ in module.children())
        rows.append(
            Layer(
                number,
                name,
                type(module).__name__,
                block,
                sum(p.numel() for p in own.values()),
                costs.get(name, 0) if is_leaf else 0,
                any(p.requires_grad for p in own.values()),
            )
        )
    return rows


def multiply_adds(network: Network, image_px: tuple[int, int]) -> int:
    """Multiply-adds of the whole network for one image."""
    return _costs(network, image_px)[""]


def _costs(network: Network, image_px: tuple[int, int]) -> dict[str, int]:
    """Multiply-adds by layer name; the whole network under the empty name."""
    mode = network.training
    network.eval()
    image = torch.zeros(1, 3, *image_px, device=network.mean.device)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(image)
    network.train(mode)
    found = {}
    for name, counts in counter.get_flop_counts().items():
        # The counter counts a multiplication and an addition as two.
        found[name.partition(".")[2]] = sum(counts.values()) // 2
    found[""] = counter.get_total_flops() // 2
    return found
