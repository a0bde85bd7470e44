"""How good the probabilities themselves are: losses, and confidence against accuracy."""

from __future__ import annotations

import numpy as np

from buffycoat.evaluation.figures import ReliabilityBin
from buffycoat.evaluation.selection import Answers

__all__ = [
    "LARGEST_LOSS",
    "N_BINS",
    "bin_of",
    "calibration_error",
    "reliability_bins",
    "row_losses",
]

N_BINS = 15
_LEAST_P = float(np.finfo(np.float64).eps)

LARGEST_LOSS = float(-np.log(_LEAST_P))
"""The log loss of an answer that gives its label a probability of 0, as in scikit-learn."""


def row_losses(labels: np.ndarray, p: np.ndarray) -> dict[str, np.ndarray]:
    """Log loss (nats) and Brier score (0 to 2, summed over classes) of each answer, (N,).

    Source:
        Brier, Monthly Weather Review 78 (1950) 1-3.
    """
    own = p[np.arange(len(labels)), labels]
    # The squared distance to the one-hot label, without making that array.
    brier = (p**2).sum(1) - own**2 + (1 - own) ** 2
    return {"log_loss": -np.log(np.clip(own, _LEAST_P, 1)), "brier": brier}


def bin_of(confidence: np.ndarray) -> np.ndarray:
    """The bin of each confidence, 0 to 14; a bin holds its upper edge."""
    edges = np.linspace(0, 1, N_BINS + 1)
    return np.asarray(np.digitize(confidence, edges[1:-1], right=True))


def reliability_bins(answers: Answers) -> list[ReliabilityBin]:
    """Mean confidence and accuracy by bins of equal width; without empty bins.

    Source:
        Guo et al., ICML 2017 (arXiv:1706.04599).
    """
    if answers.confidence is None:
        return []
    bins = bin_of(answers.confidence)
    n = np.bincount(bins, minlength=N_BINS).tolist()
    confidence = np.bincount(bins, answers.confidence, N_BINS).tolist()
    right = np.bincount(bins, answers.is_right, N_BINS).tolist()
    return [
        ReliabilityBin(b / N_BINS, (b + 1) / N_BINS, n[b], confidence[b] / n[b], right[b] / n[b])
        for b in range(N_BINS)
        if n[b]
    ]


def calibration_error(answers: Answers) -> float:
    """The expected calibration error: mean distance of confidence and accuracy over the bins."""
    bins = reliability_bins(answers)
    return sum(b.n * abs(b.confidence - b.accuracy) for b in bins) / answers.n_images
