"""The rows that a training learns from, and those that its epoch is chosen by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["TrainingData"]


@dataclass(frozen=True)
class TrainingData:
    """Rows of a store with their class ids."""

    pixels: np.ndarray
    """All images, uint8 (M, H, W, 3)."""
    train_rows: np.ndarray
    """Rows to learn from, int64 (N,)."""
    train_labels: np.ndarray
    """Their class ids (N,)."""
    validation_rows: np.ndarray
    """Rows to choose the epoch by, int64 (V,)."""
    validation_labels: np.ndarray
    """Their class ids (V,)."""
    train_groups: np.ndarray | None = None
    """The groups of the rows to learn from, as numbers from 0 (N,); None: each row is its own."""

    @property
    def groups(self) -> np.ndarray:
        """The groups of the rows to learn from, also where each row is its own (N,)."""
        rows = self.train_rows
        return np.arange(len(rows)) if self.train_groups is None else self.train_groups
