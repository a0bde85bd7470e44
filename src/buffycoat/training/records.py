"""What a training really did, enough to do it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

__all__ = ["PHASES", "Fitted", "Phase", "PhaseRecord"]

Phase = Literal["head", "all", "classifier"]
"""`head` learns alone; `all` that is not frozen; `classifier`: the head alone again, every class
drawn equally often."""

PHASES: tuple[Phase, ...] = ("head", "all", "classifier")
"""In the order in which they are made."""


@dataclass(frozen=True)
class PhaseRecord:
    """What one phase really did; enough to do it again."""

    phase: Phase
    """What learned."""
    borders: list[float]
    """Share of the phase done at the border of each epoch."""
    n_steps: int
    """Batches in an epoch."""
    last_steps: int | None
    """Batches in the last epoch, where the time ended within it."""
    n_epochs: int
    """Epochs made."""
    best_epoch: int
    """The epoch whose weights were kept, counted from 1."""
    best_value: float
    """Its value of the monitor."""


@dataclass(frozen=True)
class Fitted:
    """The outcome of a training; the network holds the best epoch's weights."""

    steps: list[PhaseRecord]
    """The phases, as they were made."""
    history: pl.DataFrame
    """One row per epoch."""
