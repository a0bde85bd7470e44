"""Losses by name: logits (N, C) and labels in, one number out.

Labels are class ids (N,), or soft: shares of the classes (N, C) that sum to 1, as mixing makes
them. A row weighs what its classes weigh.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F

from buffycoat.errors import SettingError
from buffycoat.registry import Choice, Registry

__all__ = [
    "Loss",
    "build_loss",
    "cross_entropy",
    "focal",
    "losses",
    "mean_absolute",
    "mean_squared",
    "mean_squared_logarithmic",
    "negative_log_likelihood",
]

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Logits float (N, C) and labels (N,) or (N, C); the mean loss."""

losses: Registry[Callable[..., torch.Tensor]] = Registry("loss")

_LEAST_DOUBT = 1e-7


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
        labels: (N,) or (N, C).
        weight: Weight of each class (C,).
        label_smoothing: Share of the target spread over all classes, 0 to 1.

    Raises:
        SettingError: for another share.
    """
    if not 0 <= label_smoothing <= 1:
        raise SettingError(f"label_smoothing is {label_smoothing}; it is a share, from 0 to 1")
    if labels.ndim == 1:
        return F.cross_entropy(logits, labels, weight=weight, label_smoothing=label_smoothing)
    soft = (1 - label_smoothing) * labels + label_smoothing / logits.shape[1]
    weighed = soft if weight is None else soft * weight
    return -(weighed * F.log_softmax(logits, 1)).sum() / _total(labels, weight)


@losses.register
def negative_log_likelihood(
    logits: torch.Tensor, labels: torch.Tensor, *, weight: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean negative log-likelihood of the labels: cross-entropy by its other name.

    Args:
        logits: (N, C); log-probabilities, which a log-softmax made, give the same.
        labels: (N,) or (N, C).
        weight: Weight of each class (C,).
    """
    return cross_entropy(logits, labels, weight=weight)


@losses.register
def focal(
    logits: torch.Tensor,
    labels: torch.Tensor,
    *,
    weight: torch.Tensor | None = None,
    gamma: float = 2.0,
    alpha: float | list[float] = 1.0,
) -> torch.Tensor:
    """Cross-entropy in which a row counts less the surer its answer is.

    Args:
        logits: (N, C).
        labels: (N,) or (N, C).
        weight: Weight of each class (C,).
        gamma: How fast sure answers fade, 0 or more; 0 is cross-entropy.
        alpha: Factor on the whole loss, above 0; or one for each class, in the table's order.

    Raises:
        SettingError: for a negative gamma, an alpha that would reward mistakes, or not one for each
            class.

    Source:
        Lin et al., Focal loss for dense object detection, ICCV 2017.
    """
    factors = _factors(alpha, logits.shape[1])
    if not gamma >= 0 or not all(factor > 0 for factor in factors):
        said = f"focal: gamma is {gamma} and alpha {alpha}"
        raise SettingError(f"{said}; gamma must be 0 or more, and alpha above 0")
    targets = _soft(labels, logits)
    # Below a gamma of 1, the slope at a doubt of 0 is infinite.
    doubt = (1 - torch.softmax(logits, 1)).clamp(min=_LEAST_DOUBT)
    faded = doubt**gamma * F.log_softmax(logits, 1)
    weighed = targets * logits.new_tensor(factors)
    weighed = weighed if weight is None else weighed * weight
    return -(weighed * faded).sum() / _total(targets, weight)


def _factors(alpha: float | list[float], n_classes: int) -> list[float]:
    """Focal's alpha of each class."""
    given = alpha if isinstance(alpha, list) else [alpha] * n_classes
    if len(given) != n_classes or not all(isinstance(a, int | float) for a in given):
        said = f"focal: alpha is {alpha!r}; give one number"
        raise SettingError(f"{said}, or {n_classes}, one for each class")
    return given


@losses.register
def mean_absolute(
    logits: torch.Tensor, labels: torch.Tensor, *, weight: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean absolute difference between probabilities and targets, over rows and classes.

    Args:
        logits: (N, C).
        labels: (N,) or (N, C).
        weight: Weight of each class (C,).
    """
    targets = _soft(labels, logits)
    return _mean((torch.softmax(logits, 1) - targets).abs(), targets, weight)


@losses.register
def mean_squared(
    logits: torch.Tensor, labels: torch.Tensor, *, weight: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean squared difference between probabilities and targets, over rows and classes.

    Args:
        logits: (N, C).
        labels: (N,) or (N, C).
        weight: Weight of each class (C,).
    """
    targets = _soft(labels, logits)
    return _mean((torch.softmax(logits, 1) - targets) ** 2, targets, weight)


@losses.register
def mean_squared_logarithmic(
    logits: torch.Tensor, labels: torch.Tensor, *, weight: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean squared difference between the logarithms of 1 + probability and of 1 + target.

    Args:
        logits: (N, C).
        labels: (N,) or (N, C).
        weight: Weight of each class (C,).
    """
    targets = _soft(labels, logits)
    apart = torch.log1p(torch.softmax(logits, 1)) - torch.log1p(targets)
    return _mean(apart**2, targets, weight)


def _soft(labels: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """Shares of the classes (N, C)."""
    return labels if labels.ndim == 2 else F.one_hot(labels, logits.shape[1]).to(logits.dtype)


def _total(labels: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor | int:
    """What all rows weigh."""
    return len(labels) if weight is None else (labels * weight).sum()


def _mean(values: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor:
    """The mean of values (N, C), each row weighing what its classes do."""
    if weight is None:
        return values.mean()
    rows = (targets * weight).sum(1)
    return (values.mean(1) * rows).sum() / rows.sum()
