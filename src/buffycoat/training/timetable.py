"""How far each epoch brings the training: fixed beforehand, or shortened as the time runs out.

The learning rate follows the share of the training that is done, so that a training which has
to be shorter than planned still ends with its rate annealed. The shares are kept with the run:
repeating them repeats the run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np

__all__ = ["Clock", "Timetable"]


@dataclass
class Timetable:
    """The share of the training done at the border of each epoch."""

    borders: list[float]
    """From 0 to 1, one more than there are epochs."""
    n_steps: int
    """Batches in an epoch."""
    last_steps: int | None = None
    """Batches made in the last epoch, where the time ended within it."""

    @classmethod
    def even(cls, n_epochs: int, n_steps: int) -> Timetable:
        """Epochs of equal weight."""
        return cls(np.linspace(0, 1, n_epochs + 1).tolist(), n_steps)

    @property
    def n_epochs(self) -> int:
        """Epochs planned."""
        return len(self.borders) - 1

    def done(self, epoch: int, step: int) -> float:
        """The share of the training done before a step."""
        low, high = self.borders[epoch], self.borders[epoch + 1]
        is_short = self.last_steps is not None and epoch + 1 == self.n_epochs
        n_steps = self.last_steps if is_short and self.last_steps else self.n_steps
        return low + (high - low) * step / n_steps

    def respread(self, n_made: int, n_left: int) -> None:
        """Spread what is left over so many epochs."""
        ahead = np.linspace(self.borders[n_made], 1, n_left + 1)[1:]
        self.borders = [*self.borders[: n_made + 1], *ahead.tolist()]

    def close(self, n_made: int, n_steps: int) -> None:
        """Do all that is left in one short epoch of so many batches."""
        self.borders, self.last_steps = [*self.borders[: n_made + 1], 1.0], n_steps

    def end(self, epoch: int, n_steps: int) -> None:
        """End within an epoch, after so many of its batches, wherever the training is."""
        reached = self.done(epoch, n_steps)
        self.borders, self.last_steps = [*self.borders[: epoch + 1], reached], n_steps

    def ends_at(self, epoch: int, n_steps: int) -> bool:
        """Whether the training ends within this epoch, after so many of its batches."""
        return epoch + 1 == self.n_epochs and self.last_steps == n_steps


@dataclass
class Clock:
    """When a training has to be over, and how long its epochs take."""

    deadline: float
    """In the seconds of `time.monotonic`."""
    epoch_s: list[float] = field(default_factory=list)
    """Seconds of each epoch so far, validation included."""

    @property
    def left_s(self) -> float:
        """Seconds left."""
        return self.deadline - time.monotonic()

    def n_fitting(self) -> int:
        """Whole epochs that the time left allows at the pace of the last two."""
        return max(0, int(self._left_epochs(0.97)))

    def steps_fitting(self, n_steps: int) -> int:
        """Batches that it allows, of an epoch of so many; a little is kept for validation."""
        return max(0, min(n_steps, int(self._left_epochs(0.85) * n_steps)))

    def _left_epochs(self, margin: float) -> float:
        return self.left_s * margin / fmean(self.epoch_s[-2:])
