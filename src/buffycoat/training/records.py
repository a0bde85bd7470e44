"""What a training really did, enough to do it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

__all__ = ["PHASES", "Fitted", "OnEpoch", "Phase", "PhaseRecord", "StoppedEarlyError"]

Phase = Literal["head", "all", "classifier"]
"""`head` learns alone; `all` that is not frozen; `classifier`: the head alone again, every class
drawn equally often."""

PHASES: tuple[Phase, ...] = ("head", "all", "classifier")
"""In the order in which they are made."""

OnEpoch = Callable[[Sequence[Mapping[str, Any]]], None]
"""Is given the rows of the history after each epoch, and ends the training by an error."""


class StoppedEarlyError(Exception):
    """A training was given up by whoever watched its epochs; no mistake of the user's."""


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
