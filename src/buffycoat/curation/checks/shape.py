"""Checks of a table: images whose size or shape is unlike that of the others."""

from __future__ import annotations

import numpy as np

from buffycoat.curation.checks.check import check
from buffycoat.tables.samples import SampleTable

__all__ = ["odd_aspect", "odd_size"]


@check(low=-1.0, high=1.0, unless_most=True)
def odd_size(samples: SampleTable) -> np.ndarray:
    """Doublings of the side length against the median image: 1 is twice, -1 half as large."""
    sides = np.sqrt(_column(samples, "width_px") * _column(samples, "height_px"))
    return _doublings(sides)


@check(low=-0.4, high=0.4, unless_most=True)
def odd_aspect(samples: SampleTable) -> np.ndarray:
    """Doublings of width over height against the median image: 0.4 is a third wider."""
    return _doublings(_column(samples, "width_px") / _column(samples, "height_px"))


def _column(samples: SampleTable, name: str) -> np.ndarray:
    return samples.frame[name].cast(float).to_numpy()


def _doublings(values: np.ndarray) -> np.ndarray:
    """Logarithm to the base 2 of values (N,) over their median; NaN where there is none."""
    known = values[np.isfinite(values)]
    return np.log2(values / np.median(known)) if len(known) else values
