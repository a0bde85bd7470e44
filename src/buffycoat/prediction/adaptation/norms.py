"""Batch-norm statistics of another laboratory's images, mixed with the network's own."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from buffycoat.batches.loader import as_images
from buffycoat.models.network import Network

__all__ = ["mix_statistics"]

_BATCH = 64
_LEAST = 16  # images: statistics of fewer are those of a few cells


def mix_statistics(network: Network, pixels: np.ndarray, share: float) -> int:
    """Mix what the batch norms see of some images into their statistics; how many norms there are.

    Variances mix as those of a mixed population do, means apart included. Without batch norms, or
    with fewer than sixteen images, nothing changes and 0 comes back.

    Args:
        network: Changed in place; its mode stays.
        pixels: uint8 (N, H, W, 3), of the images alone, not mixed with other laboratories'.
        share: Weight of these images, 0 to 1.

    Source:
        Schneider et al., Improving robustness against common corruptions by covariate shift
        adaptation, NeurIPS 2020.
    """
    norms = [m for m in network.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    if not norms or len(pixels) < _LEAST:
        return 0
    own = [_statistics(norm) for norm in norms]
    _measure(network, norms, pixels)
    for norm, (mean, var) in zip(norms, own, strict=True):
        seen_mean, seen_var = _statistics(norm)
        apart = seen_mean - mean
        mixed = (1 - share) * var + share * seen_var + share * (1 - share) * apart**2
        _set(norm, mean + share * apart, mixed)
    return len(norms)


def _statistics(norm: _BatchNorm) -> list[torch.Tensor]:
    return [buffer.clone() for buffer in _buffers(norm)]


def _set(norm: _BatchNorm, mean: torch.Tensor, var: torch.Tensor) -> None:
    for buffer, value in zip(_buffers(norm), (mean, var), strict=True):
        buffer.copy_(value)


def _buffers(norm: _BatchNorm) -> list[torch.Tensor]:
    named = dict(norm.named_buffers(recurse=False))
    return [named["running_mean"], named["running_var"]]


def _measure(network: Network, norms: list[_BatchNorm], pixels: np.ndarray) -> None:
    """Leave in the norms the mean of the statistics over batches of the images."""
    modes = [(module, module.training) for module in network.modules()]
    momenta = [norm.momentum for norm in norms]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over batches
        norm.train()
    order = np.random.default_rng(0).permutation(len(pixels))
    device = network.mean.device
    with torch.no_grad():
        for some in np.array_split(order, max(1, round(len(order) / _BATCH))):
            network(as_images(pixels[np.sort(some)]).to(device))
    for module, mode in modes:
        module.training = mode
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
