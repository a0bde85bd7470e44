"""The training itself: the head first, then everything that is not frozen, the head at last."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import torch
from lightning.pytorch.loggers import Logger
from rich.console import Console

from buffycoat.models.network import Network
from buffycoat.prediction.device import best_device
from buffycoat.prediction.memory import keep_memory
from buffycoat.tables.files import replacing
from buffycoat.training.data import TrainingData
from buffycoat.training.phase import PhaseOfTraining
from buffycoat.training.records import PHASES, Fitted, OnEpoch, Phase, PhaseRecord
from buffycoat.training.settings import LearningSettings, TrainSettings
from buffycoat.training.timetable import Clock

__all__ = ["fit", "remove_checkpoints"]


def fit(
    network: Network,
    data: TrainingData,
    settings: TrainSettings,
    folder: Path,
    *,
    clock: Clock | None = None,
    repeat: Sequence[PhaseRecord] = (),
    loggers: Sequence[Logger] | None = None,
    console: Console | None = None,
    on_epoch: OnEpoch | None = None,
) -> Fitted:
    """Train a network and leave the best epoch's weights in it.

    Epochs end up in `folder/history.csv` as they pass, and checkpoints in `folder/checkpoints`:
    calling again with the same folder goes on after the last whole epoch.

    Args:
        network: Is moved to the best device and changed in place.
        data: The training and validation rows.
        settings: How to train.
        folder: The run folder.
        clock: When it has to be over; without it, every epoch of the settings is made.
        repeat: What an earlier run really did, to do the same again.
        loggers: Lightning loggers; TensorBoard's into `folder/logs` when not given.
        console: Where progress is shown.
        on_epoch: Is called after each epoch, with the phases before it.
    """
    keep_memory()
    network.to(best_device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    given = {record.phase: record for record in repeat}
    steps: list[PhaseRecord] = []
    history: list[dict[str, Any]] = []

    def write(rows: list[dict[str, Any]]) -> None:
        _write_history(folder, [*history, *rows])
        if on_epoch:
            on_epoch([*history, *rows])

    has_head = "head" in network.blocks()
    for name in _phases(settings, given, has_head):
        place, own = folder / "checkpoints" / name, _shared(clock, name, settings.learning)
        phase = PhaseOfTraining(name, network, data, settings, place, own, given.get(name))
        made = phase.made() or phase.make(write, loggers, console or Console(quiet=True))
        steps.append(made[0])
        history += made[1]
    _write_history(folder, history)
    return Fitted(steps, pl.DataFrame(history, infer_schema_length=None))


def _phases(
    settings: TrainSettings, given: Mapping[Phase, PhaseRecord], has_head: bool
) -> list[Phase]:
    """The phases to make; a network that stays whole has no head that could learn alone."""
    if given:
        return [phase for phase in PHASES if phase in given]
    learning = settings.learning
    planned: dict[Phase, int] = {
        "head": learning.head_epochs * has_head,
        "all": learning.epochs,
        "classifier": learning.classifier_epochs * has_head,
    }
    return [phase for phase in PHASES if planned[phase]]


def _shared(clock: Clock | None, phase: Phase, learning: LearningSettings) -> Clock | None:
    """The clock of a phase: it leaves the epochs after it their share of the time.

    It knows no epoch of another phase: where the backbone rests, they take a third as long.
    """
    if not clock:
        return None
    epochs = [learning.head_epochs, learning.epochs, learning.classifier_epochs]
    still = epochs[PHASES.index(phase) :]
    return Clock(clock.deadline - sum(still[1:]) / sum(still) * clock.left_s)


def _write_history(folder: Path, rows: list[dict[str, Any]]) -> None:
    with replacing(folder / "history.csv") as beside:
        pl.DataFrame(rows, infer_schema_length=None).write_csv(beside)


def remove_checkpoints(folder: Path) -> None:
    """Remove what only a resumed training needs."""
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
