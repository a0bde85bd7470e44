"""Settings in order of their accuracy, averaged over replicates, with paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from buffycoat.evaluation.compare import method_figure
from buffycoat.evaluation.figures import Figure
from buffycoat.evaluation.paired import Difference, Method, differences, make_method
from buffycoat.evaluation.paired_tests import holm
from buffycoat.evaluation.pairing import Contender, pair_answers

__all__ = ["Standing", "Standings", "rank_contenders"]


@dataclass(frozen=True)
class Standing:
    """One contender among others."""

    name: str
    accuracy: Figure
    """Averaged over replicates; the interval is over groups."""
    replicates: tuple[Figure, ...]
    """The accuracy of each replicate alone, such as each seed."""
    difference: Difference | None = None
    """To the best, p corrected for all pairs of contenders; None for the best itself."""

    @property
    def by_replicate(self) -> tuple[float, ...]:
        """The accuracy of each replicate, without its interval."""
        return tuple(figure.value for figure in self.replicates)

    @property
    def spread(self) -> float | None:
        """Standard deviation over replicates (n - 1); None for one alone."""
        if len(self.by_replicate) < 2:
            return None
        return float(np.std(self.by_replicate, ddof=1))


@dataclass(frozen=True)
class Standings:
    """All contenders on the same rows."""

    split: str
    n_images: int
    n_groups: int
    groups_known: bool
    rows: tuple[Standing, ...]
    """The best first; those alike in the order in which they were given."""


def rank_contenders(contenders: Sequence[Contender], split: str) -> Standings:
    """The contenders by accuracy on the rows of one split that all of them answered.

    Args:
        contenders: One or more, with names that differ.
        split: The rows.

    Raises:
        TableError: when they have no rows in common.
    """
    paired = pair_answers(contenders, split=split)
    methods = {n: make_method(a) for n, a in zip(paired.names, paired.replicates, strict=True)}
    names = sorted(methods, key=lambda name: -methods[name].value("accuracy"))
    best, *others = names
    gaps = {name: differences(methods[name], methods[best])["accuracy"] for name in others}
    # The best is found by the same rows: with it, every pair of the m was looked at.
    per_gap = len(names) / 2  # of m (m - 1) / 2 pairs; Holm counts the m - 1 gaps
    corrected = holm([min(1.0, gap.p * per_gap) for gap in gaps.values()])
    told = {
        name: replace(gap, p_corrected=p)
        for (name, gap), p in zip(gaps.items(), corrected, strict=True)
    }
    rows = tuple(_standing(name, methods[name], told.get(name)) for name in names)
    counts = paired.rows.n_images, paired.rows.n_groups, paired.groups_known
    return Standings(paired.split, *counts, rows)


def _standing(name: str, method: Method, difference: Difference | None) -> Standing:
    accuracy = method_figure(method, "accuracy")
    if len(method.answers) == 1:
        return Standing(name, accuracy, (accuracy,), difference)
    alone = (method_figure(make_method([a]), "accuracy") for a in method.answers)
    return Standing(name, accuracy, tuple(alone), difference)
