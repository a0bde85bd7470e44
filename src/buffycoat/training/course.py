"""What one phase of a training goes through: batches, learning rates, and when it is over."""

from __future__ import annotations

from dataclasses import dataclass

from buffycoat.batches.loader import Batches
from buffycoat.training.records import Phase
from buffycoat.training.schedules import Schedule
from buffycoat.training.settings import Monitor
from buffycoat.training.timetable import Clock, Timetable

__all__ = ["Course"]


@dataclass
class Course:
    """One phase: its name, its batches and the course of its learning rate."""

    phase: Phase
    """What learns in it."""
    batches: Batches
    """The training rows."""
    timetable: Timetable
    """How far each epoch brings it."""
    schedule: Schedule
    """The learning rate's course."""
    seed: int
    """What its draws depend on."""
    n_planned: int
    """Epochs that there are to be if time allows."""
    monitor: Monitor
    """What the best epoch is chosen by."""
    average: float = 0.0
    """Decay of a moving average of the weights; 0 for none."""
    clock: Clock | None = None
    """When it has to be over."""
    of_training: tuple[float, float] = (0.0, 1.0)
    """From where to where in the training it goes: augmentation grows on from phase to phase."""
