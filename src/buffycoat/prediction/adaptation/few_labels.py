"""What a few labelled images of another laboratory give: a new head on the same features."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import nn

from buffycoat.errors import SettingError
from buffycoat.models.neighbours import Neighbours
from buffycoat.models.network import Network
from buffycoat.prediction.adaptation.classes import last_layer

__all__ = ["fit_head", "look_up_neighbours"]

_PULL = 1.0
_SOFTENED = 0.3
_ROUNDS = 200


def fit_head(network: Network, features: np.ndarray, labels: np.ndarray) -> None:
    """Fit the last layer to a few labelled images, without leaving the old one far behind.

    The old logits, softened to a third, plus a linear function of the features whose square norm
    is the penalty; by L-BFGS, the same each time. Changed in place.

    Args:
        network: Whose head is a linear layer, or a chain of layers with one at its end.
        features: What the backbone gives for them (N, D).
        labels: Class ids (N,).

    Raises:
        SettingError: when its head is another.
    """
    layer = last_layer(network, has_bias=True)
    x = _entering(network, features)
    y = torch.as_tensor(labels)
    weight, bias = (p.detach().double().cpu() for p in (layer.weight, layer.bias))
    scale = 1 / max(1e-9, float(x.std() * x.shape[1] ** 0.5))
    old = _SOFTENED * (x @ weight.T + bias)
    change = torch.zeros(len(weight), x.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    with_one = torch.cat([x * scale, torch.ones(len(x), 1).double()], dim=1)
    optimizer = torch.optim.LBFGS([change], max_iter=_ROUNDS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        logits = old + with_one @ change.T
        loss = nn.functional.cross_entropy(logits, y, reduction="sum") + _PULL * change.pow(2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    learned = change.detach()
    layer.weight = nn.Parameter((_SOFTENED * weight + learned[:, :-1] * scale).to(layer.weight))
    layer.bias = nn.Parameter((_SOFTENED * bias + learned[:, -1]).to(layer.weight))


def _entering(network: Network, features: np.ndarray) -> torch.Tensor:
    """What goes into the last layer (N, H), float64: the features, after the layers before it."""
    given, head, layer = torch.as_tensor(features), network.head, last_layer(network)
    if head is layer:
        return given.double()
    if not (isinstance(head, nn.Sequential) and head[-1] is layer):
        said = "the network's head is no chain of layers with a linear one at its end"
        raise SettingError(f"{said}: choose the step neighbours in place of head")
    before = copy.deepcopy(head[:-1]).cpu().eval()
    with torch.no_grad():
        entering: torch.Tensor = before(given).double()
    return entering


def look_up_neighbours(network: Network, features: np.ndarray, labels: np.ndarray) -> None:
    """Let the labelled images themselves be the head: answers by likeness to each; in place.

    Args:
        network: Any.
        features: What the backbone gives for them (N, D).
        labels: Class ids (N,), every class among them.
    """
    head = Neighbours(network.n_features, network.n_classes, len(labels))
    head.remember(torch.as_tensor(features), torch.as_tensor(labels))
    network.head = head.to(network.mean.device)
