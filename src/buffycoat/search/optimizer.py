"""The optimiser of every network in a search, with weights of its own or shared ones."""

from __future__ import annotations

import torch
from torch import nn

from buffycoat.registry import Choice
from buffycoat.training.optimizers import build_optimizer, decay_groups

__all__ = ["adamw", "set_rate"]


def adamw(network: nn.Module, rate: float, weight_decay: float) -> torch.optim.Optimizer:
    """AdamW over what learns; biases and the scales of norms are not decayed.

    Args:
        network: On its device.
        rate: First learning rate.
        weight_decay: Of everything else.
    """
    groups = decay_groups([p for p in network.parameters() if p.requires_grad])
    return build_optimizer(Choice("adamw", {"weight_decay": weight_decay}), groups, rate)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Let the next steps learn at this rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate
