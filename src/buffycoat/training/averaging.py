"""A moving average of a network's weights, which errs less than where the steps just lead."""

from __future__ import annotations

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from buffycoat.models.network import Network

__all__ = ["averaged", "kept_state"]

_AVERAGE, _NETWORK = "averaged.module.", "network."


def averaged(network: Network, decay: float) -> AveragedModel | None:
    """What takes up the average after every step; None for a decay of 0.

    Args:
        network: The network that learns.
        decay: What is left of the average after a step.

    Source:
        Polyak and Juditsky, Acceleration of stochastic approximation by averaging, SIAM 1992.
    """
    if not decay:
        return None
    moving = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
    return AveragedModel(network, multi_avg_fn=moving, use_buffers=True)


def kept_state(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The network's own state within a module's: that of the average where there is one."""
    start = _AVERAGE if any(name.startswith(_AVERAGE) for name in state) else _NETWORK
    return {n.removeprefix(start): value for n, value in state.items() if n.startswith(start)}
