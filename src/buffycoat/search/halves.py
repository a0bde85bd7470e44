"""Training rows in two, by group: one for the weights of a network, one for its architecture."""

from __future__ import annotations

import numpy as np

from buffycoat.curation.splits.allocation import allocate
from buffycoat.errors import SplitError

__all__ = ["halve"]


def halve(labels: np.ndarray, groups: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Which rows are held out for the architecture, bool (N,): whole groups, of every class.

    Args:
        labels: Class ids (N,).
        groups: The group of each row (N,).
        share: How many of the rows, between 0 and 1.
        seed: Decides between equally good divisions.

    Raises:
        SplitError: for rows of one group alone.
    """
    _, group = np.unique(groups, return_inverse=True)
    _, label = np.unique(labels, return_inverse=True)
    n_groups = int(group.max()) + 1
    if n_groups < 2:
        said = "the training rows are all of one group, and architecture weights need rows"
        raise SplitError(f"{said} of other groups: take random_search, evolution or tpe")
    counts = np.zeros((n_groups, int(label.max()) + 1), np.int64)
    np.add.at(counts, (group, label), 1)
    held_out: np.ndarray = allocate(counts, [1 - share, share], (seed, 31))[group] == 1
    return held_out
