"""What Lightning's Trainer drives: one phase of a training, repeatable from its seed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Literal

import lightning.pytorch as pl
import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score, log_loss

from buffycoat.augmentations.distorted import JUDGED_BY, MIXED, distort_blocks
from buffycoat.batches.loader import Batch
from buffycoat.errors import SettingError
from buffycoat.models.network import Network
from buffycoat.prediction.predict import predict_rows
from buffycoat.training.averaging import averaged
from buffycoat.training.course import Course
from buffycoat.training.data import TrainingData
from buffycoat.training.objective import Objective
from buffycoat.training.records import PHASES
from buffycoat.training.seeds import seed_of
from buffycoat.training.timetable import Clock

__all__ = ["CellModule"]


class CellModule(pl.LightningModule):  # type: ignore[misc]
    """Trains a network for one phase and looks at the validation rows after each epoch.

    All draws come from (seed, phase, epoch, step), so that an epoch that is repeated after a
    kill, or a run that is repeated whole, gives the same numbers.
    """

    def __init__(
        self,
        network: Network,
        course: Course,
        data: TrainingData,
        *,
        objective: Objective,
        optimizer: torch.optim.Optimizer,
        precision: Literal["bf16", "fp32"],
        frozen: list[torch.nn.Module],
        on_epoch: Callable[[CellModule], None],
    ) -> None:
        super().__init__()
        self.network = network
        self.averaged = averaged(network, course.average)
        self.course, self.data, self.precision = course, data, precision
        self.objective, self.optimizer, self.frozen = objective, optimizer, frozen
        self.on_epoch = on_epoch
        self.distorted = _distorted(data) if course.monitor.startswith("distorted") else None
        self.learned: torch.nn.Module | Any = network
        self.history: list[dict[str, Any]] = []
        self._losses: list[torch.Tensor] = []
        self._began = time.monotonic()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """The optimiser; its rates are set before every step."""
        return self.optimizer

    def on_train_epoch_start(self) -> None:
        """Seed the epoch and put frozen parts into evaluation mode."""
        self._began, self._losses = time.monotonic(), []
        self.course.batches.epoch = self.current_epoch
        torch.manual_seed(self._draw(0))
        self.network.train()
        for module in self.frozen:
            module.eval()

    def _draw(self, step: int) -> int:
        phase = PHASES.index(self.course.phase)
        return seed_of(self.course.seed, phase, self.current_epoch, step)

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:  # noqa: ARG002
        """Set the learning rates of this step."""
        monitor = self.course.monitor
        sign = 1.0 if monitor.endswith("loss") else -1.0
        past = [sign * float(row[monitor]) for row in self.history]
        share = self.course.schedule(self._done(batch_idx), past)
        for group in self.optimizer.param_groups:
            group["lr"] = group["highest"] * share

    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        """The loss of one batch."""
        images, labels = batch
        seed = self._draw(batch_idx + 1)
        begins, ends = self.course.of_training
        done = begins + (ends - begins) * self._done(batch_idx)
        with torch.autocast(self.device.type, enabled=False):
            images, labels = self.objective.batch(
                images, labels, self.network.n_classes, seed, done
            )
        loss = self.objective.value(self.learned(images).float(), labels, self.network)
        self._losses.append(loss.detach())
        return loss

    def _done(self, step: int) -> float:
        return self.course.timetable.done(self.current_epoch, step)

    def on_train_batch_end(self, outputs: Any, batch: Batch, batch_idx: int) -> None:  # noqa: ARG002
        """Stop within an epoch where the time is over, or where the repeated run stopped."""
        if self.averaged:
            self.averaged.update_parameters(self.network)
        table, clock = self.course.timetable, self.course.clock
        if clock and clock.left_s <= 0:
            table.end(self.current_epoch, batch_idx + 1)
        if table.ends_at(self.current_epoch, batch_idx + 1):
            self.trainer.should_stop = True

    def on_train_epoch_end(self) -> None:
        """Look at the validation rows, write the epoch down, and fit the rest into the time."""
        train_loss = self._finite(float(torch.stack(self._losses).mean()))
        n_images = len(self._losses) * min(
            self.course.batches.batch_size, len(self.data.train_rows)
        )
        row = {
            "phase": self.course.phase,
            "epoch": self.current_epoch + 1,
            "train_loss": train_loss,
            "images_per_s": round(n_images / (time.monotonic() - self._began), 1),
            **self._validate(),
            "learning_rate": max(group["lr"] for group in self.optimizer.param_groups),
            "elapsed_s": round(time.monotonic() - self._began, 2),
        }
        self.history.append(row)
        self.log_dict({k: v for k, v in row.items() if isinstance(v, float)})
        if self.course.clock:
            # Not as it was written down: an epoch of a few images may take .00 s.
            self._refit(self.course.clock, time.monotonic() - self._began)
        self.on_epoch(self)

    def _validate(self) -> dict[str, float]:
        found = self._judged("validation", self.data.pixels, self.data.validation_rows)
        if self.distorted is not None:
            every = np.arange(len(self.distorted))
            found |= self._judged("distorted", self.distorted, every)
        return found

    def _judged(self, name: str, pixels: np.ndarray, rows: np.ndarray) -> dict[str, float]:
        kept: Any = self.averaged.module if self.averaged else self.network
        p = predict_rows(kept, pixels, rows, precision=self.precision)
        self._finite(float(p.sum()))
        truth = self.data.validation_labels
        answers = p.argmax(1)
        return {
            f"{name}_loss": float(log_loss(truth, p, labels=range(p.shape[1]))),
            f"{name}_accuracy": float((answers == truth).mean()),
            f"{name}_balanced_accuracy": float(balanced_accuracy_score(truth, answers)),
        }

    def _finite(self, value: float) -> float:
        if not math.isfinite(value):
            said = "the loss is no number any more; choose a lower learning_rate"
            raise SettingError(f"training diverged in epoch {self.current_epoch + 1}: {said}")
        return value

    def _refit(self, clock: Clock, elapsed_s: float) -> None:
        """As many more epochs as fit into the time, and no more than were planned."""
        clock.epoch_s.append(elapsed_s)
        table, made = self.course.timetable, self.current_epoch + 1
        left = min(clock.n_fitting(), self.course.n_planned - made)
        if table.last_steps is not None or made == self.course.n_planned:
            self.trainer.should_stop = True
        elif left:
            table.respread(made, left)
        else:
            self._close(clock, made)

    def _close(self, clock: Clock, n_made: int) -> None:
        """Anneal the rate in what time is left, where that is a tenth of an epoch or more."""
        table = self.course.timetable
        n_steps = clock.steps_fitting(table.n_steps)
        if n_steps * 10 >= table.n_steps and table.borders[n_made] < 1:
            table.close(n_made, n_steps)
        else:
            table.respread(n_made, 0)
            self.trainer.should_stop = True

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what a resumed training needs beside the weights."""
        checkpoint["buffycoat"] = {
            "history": self.history,
            "borders": self.course.timetable.borders,
            "last_steps": self.course.timetable.last_steps,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the history and the timetable of the interrupted training."""
        self.history = checkpoint["buffycoat"]["history"]
        self.course.timetable.borders = checkpoint["buffycoat"]["borders"]
        self.course.timetable.last_steps = checkpoint["buffycoat"]["last_steps"]


def _distorted(data: TrainingData) -> np.ndarray:
    """The validation rows' images (V, H, W, 3), each distorted in its own way."""
    blocks = distort_blocks(data.pixels, data.validation_rows, MIXED, JUDGED_BY)
    return np.concatenate(list(blocks))
