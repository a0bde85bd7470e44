"""A seed of its own for whatever draws."""

from __future__ import annotations

import numpy as np

__all__ = ["seed_of"]


def seed_of(*numbers: int) -> int:
    """A seed of its own for each combination of numbers, 0 to 2^63 - 1."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
