"""What a training shows while it runs: a bar with the time left, and a line for each epoch."""

from __future__ import annotations

from typing import Any

import lightning.pytorch as pl
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from buffycoat.training.module import CellModule

__all__ = ["EpochLines"]


class EpochLines(pl.Callback):  # type: ignore[misc]
    """One line an epoch; on a terminal a bar below it with the time left for the phase."""

    def __init__(self, console: Console) -> None:
        self.console = console
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=console, transient=True)

    def on_train_start(self, trainer: pl.Trainer, module: CellModule) -> None:
        """Begin the bar."""
        table = module.course.timetable
        done = trainer.current_epoch * table.n_steps
        self.task = self.bar.add_task("", total=table.n_epochs * table.n_steps, completed=done)
        if self.console.is_terminal:
            self.bar.start()

    def on_train_batch_end(self, trainer: pl.Trainer, module: CellModule, *_: Any) -> None:
        """Move the bar."""
        table = module.course.timetable
        said = f"{_name(module)} {trainer.current_epoch + 1}/{table.n_epochs}"
        total = table.n_epochs * table.n_steps
        self.bar.update(self.task, advance=1, total=total, description=said)

    def line(self, module: CellModule) -> None:
        """Print the line of the epoch that has just ended."""
        row = module.history[-1]
        n = max(module.course.timetable.n_epochs, row["epoch"])
        self.console.print(
            f"{_name(module)} {row['epoch']}/{n}: "
            f"loss {row['train_loss']:.3f}, validation loss {row['validation_loss']:.4f}, "
            f"validation accuracy {row['validation_accuracy']:.4f}, "
            f"{row['elapsed_s']:.0f} s, {row['images_per_s']:.0f} images/s",
            highlight=False,
            soft_wrap=True,
        )

    def on_train_end(self, *_: Any) -> None:
        """Take the bar away."""
        self._stop()

    def on_exception(self, *_: Any) -> None:
        """Take the bar away also when training was interrupted."""
        self._stop()

    def _stop(self) -> None:
        if self.bar.live.is_started:
            self.bar.stop()


def _name(module: CellModule) -> str:
    named = {"head": "head epoch", "classifier": "classifier epoch"}
    return named.get(module.course.phase, "epoch")
