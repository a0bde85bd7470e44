"""Batches of an epoch, each a slice of the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from buffycoat.batches.sampling import Balance, epoch_order

__all__ = ["Batch", "Batches", "as_images"]

Batch = tuple[torch.Tensor, torch.Tensor]
"""Images uint8 (N, 3, H, W), channels last, and class ids int64 (N,)."""


def as_images(pixels: np.ndarray) -> torch.Tensor:
    """Images (N, 3, H, W) in channels-last memory order from pixels (N, H, W, 3), not copied."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


@dataclass
class Batches:
    """One epoch's batches; iterating again gives the next draw only after `epoch` was set.

    The order depends on `seed` and `epoch` alone, so that an epoch can be repeated after a kill.
    """

    pixels: np.ndarray
    """All images of the store, uint8 (M, H, W, 3), memory-mapped."""
    rows: np.ndarray
    """Which of them belong to this set, int64 (N,)."""
    labels: np.ndarray
    """Their class ids, int64 (N,)."""
    batch_size: int
    """Images in a batch; the last one of an epoch is left out of training when it is smaller."""
    balance: Balance = "none"
    """How rows are drawn."""
    seed: int = 0
    """What all draws depend on."""
    groups: np.ndarray | None = None
    """Their groups as numbers from 0 (N,), which `group-sampling` draws; None: each its own."""
    n_steps: int | None = None
    """Fewer batches than the whole set gives, where time is short."""
    epoch: int = field(default=0, init=False)
    """The epoch that the next iteration draws."""

    @property
    def n_full(self) -> int:
        """Batches in a whole epoch; a set smaller than one batch gives one."""
        return max(1, len(self.rows) // self.batch_size)

    def __len__(self) -> int:
        return min(self.n_steps or self.n_full, self.n_full)

    def __iter__(self) -> Iterator[Batch]:
        order = epoch_order(self.labels, self.balance, (self.seed, self.epoch), self.groups)
        for step in range(len(self)):
            chosen = order[step * self.batch_size : (step + 1) * self.batch_size]
            yield as_images(self.pixels[self.rows[chosen]]), torch.from_numpy(self.labels[chosen])
