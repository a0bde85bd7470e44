"""The optimiser of every network in a search, with weights of its own or shared ones."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

__all__ = ["adamw", "set_rate"]


def adamw(network: nn.Module, rate: float, weight_decay: float) -> torch.optim.Optimizer:
    """AdamW over what learns; biases and the scales of norms are not decayed.

    Args:
        network: On its device.
        rate: First learning rate.
        weight_decay: Of everything else.
    """
    learns = [p for p in network.parameters() if p.requires_grad]
    decayed: dict[str, Any] = {"params": [p for p in learns if p.ndim > 1]}
    plain: dict[str, Any] = {"params": [p for p in learns if p.ndim <= 1], "weight_decay": 0.0}
    # All parameters in one pass: a third of the time.
    return torch.optim.AdamW([decayed, plain], lr=rate, weight_decay=weight_decay, fused=True)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Let the next steps learn at this rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate
