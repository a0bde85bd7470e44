"""Losses by name: logits (N, C) and class ids (N,) in, one number out."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F

from buffycoat.registry import Choice, Registry

__all__ = ["Loss", "build_loss", "losses"]

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Logits float (N, C) and class ids (N,); the mean loss."""

losses: Registry[Callable[..., torch.Tensor]] = Registry("loss")


def build_loss(choice: Choice, weight: torch.Tensor | None) -> Loss:
    """The chosen loss with its arguments and the class weights (C,) bound.

    Raises:
        UnknownNameError: for a name that is no loss.
        SettingError: for an argument that it does not take.
    """
    loss = losses.checked(choice, "logits", "labels", "weight")
    return lambda logits, labels: loss(logits, labels, weight=weight, **choice.arguments)


@losses.register
def cross_entropy(
    logits: torch.Tensor,
    labels: torch.Tensor,
    *,
    weight: torch.Tensor | None = None,
    label_smoothing: float = 0.0,
) -> torch.Tensor:
    """Mean negative log-probability of the label.

    Args:
        logits: (N, C).
        labels: (N,).
        weight: Weight of each class (C,).
        label_smoothing: Share of the target spread over all classes, 0 to 1.
    """
    return F.cross_entropy(logits, labels, weight=weight, label_smoothing=label_smoothing)


@losses.register
def focal(
    logits: torch.Tensor,
    labels: torch.Tensor,
    *,
    weight: torch.Tensor | None = None,
    gamma: float = 2.0,
    alpha: float = 1.0,
) -> torch.Tensor:
    """Cross-entropy in which a row counts less the surer its answer is.

    Args:
        logits: (N, C).
        labels: (N,).
        weight: Weight of each class (C,).
        gamma: How fast sure answers fade; 0 is cross-entropy.
        alpha: Factor on the whole loss.

    Source:
        Lin et al., Focal loss for dense object detection, ICCV 2017.
    """
    nll = F.cross_entropy(logits, labels, weight=weight, reduction="none")
    sure = torch.softmax(logits, 1).gather(1, labels[:, None]).squeeze(1)
    total = len(labels) if weight is None else weight[labels].sum()
    return alpha * ((1 - sure) ** gamma * nll).sum() / total
