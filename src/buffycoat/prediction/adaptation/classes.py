"""Only the classes that occur, as often as they occur."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from buffycoat.errors import SettingError
from buffycoat.models.network import Network

__all__ = ["estimate_frequencies", "expect_frequencies", "keep_classes", "last_layer"]

_ROUNDS = 100


def last_layer(network: Network, *, has_bias: bool = False) -> nn.Linear:
    """The linear layer that gives the logits.

    Args:
        network: With a head.
        has_bias: Whether it needs a bias: one of ours would be in no network that is built again.

    Raises:
        SettingError: when the head has none.
    """
    layers = [m for m in network.head.modules() if isinstance(m, nn.Linear)]
    if not layers or layers[-1].out_features != network.n_classes:
        said = "its last layer is not linear: leave out --classes, and steps that need the head"
        raise SettingError(f"the network's answers cannot be changed one by one ({said})")
    if has_bias and "bias" not in dict(layers[-1].named_parameters()):
        said = "the network's last layer has no bias, which frequencies and head would change"
        raise SettingError(f"{said}: leave these steps out (--steps)")
    return layers[-1]


def keep_classes(network: Network, ids: Sequence[int]) -> None:
    """Let the network answer only some of its classes, in their order; changed in place.

    Raises:
        SettingError: when its last layer is not linear.
    """
    layer, kept = last_layer(network), torch.tensor(list(ids))
    for name in ("weight", "bias"):
        value = getattr(layer, name)
        if value is not None:
            setattr(layer, name, nn.Parameter(value.detach()[kept.to(value.device)].clone()))
    layer.out_features = network.n_classes = len(kept)


def estimate_frequencies(p: np.ndarray, learned: np.ndarray, *, least: float = 0.01) -> np.ndarray:
    """The share of each class (C,) among images, from answers alone.

    Args:
        p: Probabilities (N, C).
        learned: Shares of the classes (C,) where the network learned.
        least: No class is thought rarer.

    Source:
        Saerens, Latinne and Decaestecker, Adjusting the outputs of a classifier to new a priori
        probabilities, Neural Computation 14 (2002) 21-41.
    """
    shares = learned.astype(float) / learned.sum()
    before = shares.copy()
    for _ in range(_ROUNDS):
        weighted = p * (shares / before)
        shares = (weighted / weighted.sum(axis=1, keepdims=True)).mean(axis=0)
    floored = np.maximum(shares, least)
    return np.asarray(floored / floored.sum())


def expect_frequencies(network: Network, shares: np.ndarray, learned: np.ndarray) -> None:
    """Let the network expect other class frequencies than it learned; changed in place.

    Args:
        network: With a linear last layer.
        shares: Of the classes (C,) now.
        learned: And where it learned.

    Raises:
        SettingError: when its last layer is not linear, or has no bias.
    """
    layer = last_layer(network, has_bias=True)
    change = np.log(shares / shares.sum()) - np.log(learned / learned.sum())
    moved = torch.as_tensor(change, dtype=layer.weight.dtype, device=layer.weight.device)
    layer.bias = nn.Parameter(layer.bias.detach() + moved)
