"""The figures that a confusion matrix decides, of many matrices at once."""

from __future__ import annotations

import numpy as np

__all__ = ["confusion_figures"]


def confusion_figures(confusion: np.ndarray) -> dict[str, np.ndarray]:
    """Every figure of R confusion matrices: (R,), or (R, C) for `precision`, `recall`, `f1`.

    Averages are over the classes that occur among the labels of a matrix.

    Args:
        confusion: Images by label and predicted class, (R, C, C).
    """
    n = confusion.sum((1, 2))
    right = np.diagonal(confusion, axis1=1, axis2=2)
    labelled, called = confusion.sum(2), confusion.sum(1)
    recall, precision = _ratio(right, labelled), _ratio(right, called)
    f1 = np.where(labelled > 0, _ratio(2 * right, labelled + called), np.nan)
    return {
        "precision": np.where(labelled > 0, precision, np.nan),
        "recall": recall,
        "f1": f1,
        "accuracy": right.sum(1) / n,
        "balanced_accuracy": _mean_of_present(recall, labelled),
        "macro_precision": _mean_of_present(precision, labelled),
        "macro_recall": _mean_of_present(recall, labelled),
        "macro_f1": _mean_of_present(f1, labelled),
        "weighted_f1": (np.nan_to_num(f1) * labelled).sum(1) / n,
        **_agreement(n, right.sum(1), labelled, called),
    }


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """The quotient; NaN where it is 0 / 0."""
    quotient = np.full(above.shape, np.nan)
    np.divide(above, below, out=quotient, where=below > 0)
    return quotient


def _mean_of_present(of_class: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    present = labelled > 0
    mean: np.ndarray = np.where(present, np.nan_to_num(of_class), 0).sum(1) / present.sum(1)
    return mean


def _agreement(
    n: np.ndarray, n_right: np.ndarray, labelled: np.ndarray, called: np.ndarray
) -> dict[str, np.ndarray]:
    """Cohen's kappa and Matthews' correlation, NaN where all labels are of one class.

    Source:
        Cohen, Educational and Psychological Measurement 20 (1960) 37-46;
        Gorodkin, Computational Biology and Chemistry 28 (2004) 367-374 (several classes).
    """
    by_chance = (labelled * called).sum(1)
    spread_labelled = n**2 - (labelled**2).sum(1)
    spread_called = n**2 - (called**2).sum(1)
    covariance = n * n_right - by_chance
    matthews = np.nan_to_num(_ratio(covariance, np.sqrt(spread_labelled * spread_called)))
    is_mixed = spread_labelled > 0
    return {
        "cohen_kappa": np.where(is_mixed, _ratio(covariance, n**2 - by_chance), np.nan),
        "matthews": np.where(is_mixed, matthews, np.nan),
    }
