"""The order in which an epoch draws its rows, and what each class weighs."""

from __future__ import annotations

from typing import Literal

import numpy as np

__all__ = ["Balance", "class_weights", "epoch_order"]

Balance = Literal["none", "class-weights", "sampling"]
"""`none`; `class-weights` in the loss; `sampling`: every class drawn equally often."""


def class_weights(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Weights (C,) that are inverse to class frequency, with mean 1 over the rows.

    A class without rows gets weight 0.

    >>> class_weights(np.array([0, 0, 0, 1]), 2).round(3).tolist()
    [0.667, 2.0]
    """
    counts = np.bincount(labels, minlength=n_classes)
    present = counts > 0
    weights = np.zeros(n_classes)
    weights[present] = len(labels) / (present.sum() * counts[present])
    return weights


def epoch_order(labels: np.ndarray, balance: Balance, seed: tuple[int, ...]) -> np.ndarray:
    """Positions (N,) in the order in which one epoch draws them.

    Args:
        labels: Class ids (N,).
        balance: With `sampling`, rows are drawn with replacement so that classes are equally
            likely; otherwise every row comes exactly once.
        seed: What the order depends on: the same numbers give the same order.
    """
    rng = np.random.default_rng(seed)
    if balance != "sampling":
        return rng.permutation(len(labels))
    counts = np.bincount(labels)
    chance = 1 / counts[labels]
    return rng.choice(len(labels), size=len(labels), p=chance / chance.sum())
