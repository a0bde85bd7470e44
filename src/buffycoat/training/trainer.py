"""Lightning's Trainer as Buffycoat uses it: quiet, interruptible, its checkpoints by the epoch."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import lightning.pytorch as pl
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import Logger

from buffycoat.prediction.device import best_device, resolve_precision
from buffycoat.training.settings import LearningSettings, TrainSettings

__all__ = ["build_trainer", "interruptible", "quiet"]


def build_trainer(
    settings: TrainSettings,
    n_epochs: int,
    place: Path,
    callbacks: Sequence[pl.Callback],
    loggers: Sequence[Logger],
) -> pl.Trainer:
    """A Trainer that keeps the best and the last epoch in `place`.

    Args:
        settings: How to train.
        n_epochs: Epochs at most.
        place: The folder for `best.ckpt` and `last.ckpt`.
        callbacks: More callbacks.
        loggers: Lightning loggers.
    """
    device = best_device()
    precision = resolve_precision(settings.hardware.precision, device)
    with quiet():
        return pl.Trainer(
            accelerator="gpu" if device.type == "cuda" else "cpu",
            devices=1,
            precision="bf16-mixed" if precision == "bf16" else "32-true",
            max_epochs=n_epochs,
            callbacks=[*_watchers(settings.learning, place), *callbacks],
            logger=list(loggers),
            enable_progress_bar=False,
            enable_model_summary=False,
            log_every_n_steps=10,
        )


def _watchers(learning: LearningSettings, place: Path) -> list[pl.Callback]:
    mode = "min" if learning.monitor.endswith("loss") else "max"
    best = ModelCheckpoint(
        place,
        "best",
        monitor=learning.monitor,
        mode=mode,
        save_last=True,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    if not learning.patience:
        return [best]
    stop = EarlyStopping(
        learning.monitor, patience=learning.patience, mode=mode, check_on_train_epoch_end=True
    )
    return [best, stop]


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Lightning ends an interrupted training with `exit(1)` and leaves interrupts switched off."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as error:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)
        raise KeyboardInterrupt from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep Lightning's own remarks (workers, devices, tips) from the user's screen."""
    log = logging.getLogger("lightning.pytorch")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            warnings.filterwarnings("ignore", message=".*lightning.*")
            yield
    finally:
        log.setLevel(before)
