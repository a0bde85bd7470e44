"""The order in which an epoch draws its rows, and what each class weighs."""

from __future__ import annotations

from typing import Literal

import numpy as np

__all__ = ["Balance", "class_weights", "epoch_order", "learned_shares"]

Balance = Literal[
    "none",
    "class-weights",
    "effective-number",
    "sampling",
    "square-root-sampling",
    "mean-sampling",
    "group-sampling",
]
"""`none`; `class-weights` or `effective-number` in the loss; `sampling`: every class drawn equally
often; `square-root-sampling`: as the root of its rows; `mean-sampling`: each class's rows as many
times as the mean class has rows; `group-sampling`: every group equally often."""

_POWERS: dict[str, float] = {"sampling": 1.0, "square-root-sampling": 0.5}
"""A row is drawn as often as its class's rows to the minus this."""


def class_weights(
    labels: np.ndarray, n_classes: int, balance: Balance = "class-weights"
) -> np.ndarray | None:
    """Weights (C,) for the loss, with mean 1 over the rows; None where the balance needs none.

    A class without rows gets weight 0. They are inverse to class frequency, or to the effective
    number of rows: (1 - b^n) / (1 - b), where b is 1 - 1/N; it levels off for large classes.

    Source:
        Cui et al., Class-balanced loss based on effective number of samples, CVPR 2019.

    >>> class_weights(np.array([0, 0, 0, 1]), 2).round(3).tolist()
    [0.667, 2.0]
    """
    if balance not in ("class-weights", "effective-number"):
        return None
    counts = np.bincount(labels, minlength=n_classes)
    present = counts > 0
    number = counts[present].astype(float)
    if balance == "effective-number":
        kept = 1 - 1 / len(labels)
        number = (1 - kept**number) / (1 - kept)
    weights = np.zeros(n_classes)
    weights[present] = 1 / number
    scaled: np.ndarray = weights * len(labels) / (weights * counts).sum()
    return scaled


def epoch_order(
    labels: np.ndarray, balance: Balance, seed: tuple[int, ...], groups: np.ndarray | None = None
) -> np.ndarray:
    """Positions (N,) in the order in which one epoch draws them.

    Args:
        labels: Class ids (N,).
        balance: Rows are drawn with replacement for `sampling`, `square-root-sampling` and
            `group-sampling`; with `mean-sampling` a large class gives that many of its rows once,
            and a small one all of them several times; otherwise every row comes exactly once.
        seed: What the order depends on: the same numbers give the same order.
        groups: The group of each row, as numbers from 0 (N,); None: each row is its own.
    """
    rng = np.random.default_rng(seed)
    counts = np.bincount(labels)
    if balance == "group-sampling" and groups is not None:
        chance = 1.0 / np.bincount(groups)[groups]
        return rng.choice(len(labels), size=len(labels), p=chance / chance.sum())
    if balance == "mean-sampling":
        return rng.permutation(_to_the_mean(labels, counts, rng))
    if balance not in _POWERS:
        return rng.permutation(len(labels))
    chance = 1.0 / counts[labels] ** _POWERS[balance]
    return rng.choice(len(labels), size=len(labels), p=chance / chance.sum())


def learned_shares(counts: np.ndarray, balance: Balance) -> np.ndarray:
    """How often a network meets each class (C,) in a training, by draw and weight; they sum to 1.

    >>> learned_shares(np.array([30, 10]), "none").tolist()
    [0.75, 0.25]
    >>> learned_shares(np.array([30, 10]), "class-weights").tolist()
    [0.5, 0.5]

    Args:
        counts: Training rows of each class (C,); groups of each for `group-sampling`.
        balance: What the training did about unequal ones.
    """
    weights = class_weights(np.repeat(np.arange(len(counts)), counts), len(counts), balance)
    met = counts * weights if weights is not None else counts.astype(float)
    if balance == "mean-sampling":
        met = (counts > 0).astype(float)
    elif balance in _POWERS:
        met = np.where(counts > 0, met ** (1 - _POWERS[balance]), 0.0)
    shares: np.ndarray = met / met.sum()
    return shares


def _to_the_mean(labels: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Positions (N,), the same number of each class but for the rest of the division."""
    present = np.flatnonzero(counts)
    wanted = np.full(len(present), len(labels) // len(present))
    wanted[: len(labels) % len(present)] += 1
    drawn = []
    for label, n in zip(present, wanted, strict=True):
        own = np.flatnonzero(labels == label)
        drawn += [np.tile(own, n // len(own)), rng.permutation(own)[: n % len(own)]]
    return np.concatenate(drawn)
