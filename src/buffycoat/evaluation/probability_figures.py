"""The figures that probabilities decide, of many resamples at once."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from buffycoat.evaluation.calibration import N_BINS, bin_of, row_losses
from buffycoat.evaluation.selection import Answers

__all__ = ["ProbabilityFigures"]


class ProbabilityFigures:
    """AUC, losses and calibration error of reweighted images.

    What does not depend on the weights, above all the order of the images by probability, is
    computed once.
    """

    def __init__(self, answers: Answers, p: np.ndarray) -> None:
        """Prepare N answers with their probabilities (N, C)."""
        n, rows = answers.n_images, np.arange(answers.n_images)
        losses = row_losses(answers.labels, p)
        confidence = p[rows, answers.predicted]
        self._losses = np.stack(list(losses.values()))
        self._loss_names = tuple(losses)
        self._by_label = csr_array((np.ones(n), (answers.labels, rows)), shape=(p.shape[1], n))
        gap = confidence - answers.is_right
        self._gaps = csr_array((gap, (bin_of(confidence), rows)), shape=(N_BINS, n))
        self._ranks = [_Ranks(answers.labels == c, p[:, c]) for c in range(p.shape[1])]

    def resampled(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Each figure of R resamples: (R,), or (R, C) for `auc`.

        Args:
            weights: How often each image was drawn, float64 (N, R).
        """
        total = weights.sum(0)
        losses = dict(zip(self._loss_names, self._losses @ weights / total, strict=True))
        error = np.abs(self._gaps @ weights).sum(0) / total
        return {**losses, "expected_calibration_error": error, **self._areas(weights, total)}

    def _areas(self, weights: np.ndarray, total: np.ndarray) -> dict[str, np.ndarray]:
        n = self._by_label @ weights
        won = np.stack([self._by_label @ (weights * r.beaten_by(weights)) for r in self._ranks])
        own = np.arange(len(n))
        won[own, own] = 0
        pairs = n[:, None] * n[None]
        pairs[own, own] = 0
        auc = _ratio(won.sum(1), n * (total - n))
        return {
            "auc": auc.T,
            "auc_one_vs_rest": _mean(auc),
            "auc_one_vs_one": _mean(_ratio(won, pairs).reshape(-1, won.shape[-1])),
        }


class _Ranks:
    """How many images of one class stand above each image, by the class's probability."""

    def __init__(self, is_class: np.ndarray, p: np.ndarray) -> None:
        members = np.flatnonzero(is_class)
        self._descending = members[np.argsort(-p[members], kind="stable")]
        scores = -p[self._descending]
        self._n_above = np.searchsorted(scores, -p, side="left")
        self._n_not_below = np.searchsorted(scores, -p, side="right")

    def beaten_by(self, weights: np.ndarray) -> np.ndarray:
        """The weight of the class's images above each image, ties as half, (N, R)."""
        above = np.zeros((len(self._descending) + 1, weights.shape[1]))
        np.cumsum(weights[self._descending], axis=0, out=above[1:])
        return np.asarray((above[self._n_above] + above[self._n_not_below]) / 2)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """The quotient; NaN where there are no pairs to compare."""
    quotient = np.full(above.shape, np.nan)
    np.divide(above, below, out=quotient, where=below > 0)
    return quotient


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over the first axis without the undefined ones; NaN where all are."""
    n = np.isfinite(values).sum(0)
    return _ratio(np.nan_to_num(values).sum(0), n.astype(float))
