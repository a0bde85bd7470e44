"""The Pareto front: what nothing else beats in accuracy and in every cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["pareto_front"]


def pareto_front(
    accuracies: Sequence[float] | npt.NDArray[np.float64],
    costs: Sequence[Sequence[float]] | npt.NDArray[np.float64],
) -> list[int]:
    """The places of the rows on the front, the cheapest first by the first cost.

    A row is off it when another is at least as accurate and at most as costly in every cost, and
    better in one. Rows that are alike in everything stand on it together. A row with a NaN, such
    as a failed trial, is never on it.

    Args:
        accuracies: Of each row; the larger the better.
        costs: Of each row, one or more; the smaller the better.

    >>> pareto_front([0.9, 0.8, 0.7, 0.9], [[5], [2], [3], [6]])
    [1, 0]
    """
    accuracy = np.asarray(accuracies, float)
    cost = np.asarray(costs, float).reshape(len(accuracy), -1 if len(accuracy) else 0)
    values = np.column_stack([-accuracy, cost])  # all to be small
    whole = np.flatnonzero(~np.isnan(values).any(1))
    kept = [place for place in whole if not _is_beaten(values[place], values[whole])]
    return sorted(map(int, kept), key=lambda i: (*cost[i], -accuracy[i], i))


def _is_beaten(row: npt.NDArray[np.float64], rows: npt.NDArray[np.float64]) -> bool:
    return bool(((rows <= row).all(1) & (rows < row).any(1)).any())
