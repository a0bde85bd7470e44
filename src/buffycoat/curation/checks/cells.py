"""Checks of the cell in an image: is it whole, and is it the only one.

What lies at the edge are red cells on most images; only nuclei count here (`nuclei.py`). Where
nothing is violet (another stain, a grey image, an empty field) nothing is flagged.

The limits were chosen by looking at what lies around them in PBC, BCCD and the Kaggle set. Cells
that touch are taken for one; where one of them is cut, `cut_off` says so. Lobes that lie far apart
in one cell were taken for two in about five of PBC's 2,476 eosinophils.
"""

from __future__ import annotations

import numpy as np

from buffycoat.curation.checks.check import check
from buffycoat.curation.checks.nuclei import find_nuclei

__all__ = ["cut_off", "several_cells"]

_COMPARABLE = 0.2
"""Of the largest nucleus; what is smaller is a platelet or dirt beside a cell."""


@check(high=0.3)
def cut_off(image: np.ndarray) -> float:
    """Length of the largest nucleus that lies along the edge over its diameter; black is edge."""
    nuclei = find_nuclei(image)
    if not len(nuclei.areas):
        return 0.0
    diameter = 2 * float(np.sqrt(nuclei.areas[0] / np.pi))
    return float((nuclei.largest & nuclei.outside).sum() / diameter)


@check(high=0.4)
def several_cells(image: np.ndarray) -> float:
    """Area of further nuclei of comparable size over that of the largest; 1 is two alike."""
    areas = find_nuclei(image).areas
    shares = areas[1:] / areas[0] if len(areas) else areas
    return float(shares[shares >= _COMPARABLE].sum())
