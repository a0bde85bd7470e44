"""The optimiser over groups of parameters, each with its own share of the learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from timm.optim import create_optimizer_v2, get_optimizer_info, list_optimizers
from torch import nn

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.models.network import Network
from buffycoat.registry import Choice

__all__ = ["build_optimizer", "decay_groups", "parameter_groups"]


def parameter_groups(network: Network, rate: float, block_decay: float) -> list[dict[str, Any]]:
    """The parameters that learn, by block, with `lr` falling towards the input.

    Args:
        network: With its freezing applied.
        rate: Highest learning rate, of the head.
        block_decay: Each block's rate as a share of the next one's towards the head.
    """
    learns = {n: p for n, p in network.named_parameters() if p.requires_grad}
    groups = []
    for depth, names in enumerate(reversed(list(network.blocks().values()))):
        mine = [learns[name] for name in names if name in learns]
        at = rate * block_decay**depth
        groups += [{**group, "lr": at, "highest": at} for group in decay_groups(mine)]
    return groups


def decay_groups(parameters: Sequence[nn.Parameter]) -> list[dict[str, Any]]:
    """Some parameters in two groups, those of the second without weight decay; none is empty.

    Biases and the scales of norms are not decayed: pulling them to zero only harms.
    """
    decayed: dict[str, Any] = {"params": [p for p in parameters if p.ndim > 1]}
    plain: dict[str, Any] = {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0}
    return [group for group in (decayed, plain) if group["params"]]


def build_optimizer(
    choice: Choice, groups: list[dict[str, Any]], rate: float
) -> torch.optim.Optimizer:
    """The chosen optimiser, by timm's name for it.

    Raises:
        UnknownNameError: for a name that timm does not know.
        SettingError: for an argument that it does not take, or one that needs second derivatives.
    """
    name = choice.name.lower().removeprefix("lookahead_")
    try:
        optimizer: torch.optim.Optimizer = create_optimizer_v2(
            groups, opt=choice.name, lr=rate, **choice.arguments
        )
    except (AssertionError, ValueError, TypeError) as error:
        if name not in list_optimizers():
            raise UnknownNameError("optimizer", choice.name, list_optimizers()) from error
        raise SettingError(f"optimizer {choice.name} {choice.arguments}: {error}") from error
    if get_optimizer_info(name).second_order:
        said = f"optimizer {choice.name} needs second derivatives, which a training here has not"
        raise SettingError(f"{said}: take another, such as adamw")
    for group in optimizer.param_groups:
        # All parameters in one pass: a third of the time. What keeps a state from the start, such
        # as adagrad, made it for another way of computing.
        if "fused" in group and not optimizer.state:
            group["fused"] = True
    return optimizer
