"""One phase of a training on Lightning's Trainer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from rich.console import Console

from buffycoat.batches.loader import Batches
from buffycoat.batches.sampling import Balance, class_weights
from buffycoat.models.freezing import apply_freezing, norms_that_rest
from buffycoat.models.network import Network
from buffycoat.models.settings import FreezingSettings
from buffycoat.prediction.device import best_device, resolve_precision
from buffycoat.tables.files import explain_disk_errors, replacing
from buffycoat.training.averaging import kept_state
from buffycoat.training.course import Course
from buffycoat.training.data import TrainingData
from buffycoat.training.module import CellModule
from buffycoat.training.objective import build_objective
from buffycoat.training.optimizers import build_optimizer, parameter_groups
from buffycoat.training.progress import EpochLines
from buffycoat.training.records import Phase, PhaseRecord
from buffycoat.training.schedules import build_schedule
from buffycoat.training.settings import TrainSettings
from buffycoat.training.timetable import Clock, Timetable
from buffycoat.training.trainer import build_trainer, interruptible, quiet

__all__ = ["PhaseOfTraining"]

_APART: dict[Phase, int] = {"head": 7919, "all": 0, "classifier": 15_838}
"""Added to the seed of the batches, so that no phase repeats another's order."""


@dataclass
class PhaseOfTraining:
    """One phase: made once, or gone on with after an interruption."""

    phase: Phase
    network: Network
    data: TrainingData
    settings: TrainSettings
    place: Path
    """Where its checkpoints are."""
    clock: Clock | None
    given: PhaseRecord | None
    """What an earlier run did in this phase, to do the same."""

    def made(self) -> tuple[PhaseRecord, list[dict[str, Any]]] | None:
        """The record and history of this phase where it was finished before an interruption."""
        done = self.place / "done.json"
        if not done.is_file():
            return None
        kept = json.loads(done.read_text())
        self._take_best()
        return PhaseRecord(**kept["record"]), kept["history"]

    def make(
        self,
        write: Callable[[list[dict[str, Any]]], None],
        loggers: Sequence[Logger] | None,
        console: Console,
    ) -> tuple[PhaseRecord, list[dict[str, Any]]]:
        """Train, from the last whole epoch where there is one."""
        lines = EpochLines(console)

        def on_epoch(module: CellModule) -> None:
            write(module.history)
            lines.line(module)

        module = self._module(on_epoch)
        given = [TensorBoardLogger(self.place.parents[1] / "logs", self.phase, version="")]
        n_epochs = self.given.n_epochs if self.given else module.course.n_planned
        trainer = build_trainer(
            self.settings, n_epochs, self.place, [lines], given if loggers is None else loggers
        )
        last = self.place / "last.ckpt"
        with quiet(), explain_disk_errors(self.place), interruptible():
            trainer.fit(
                module,
                module.course.batches,
                ckpt_path=last if last.is_file() else None,
                weights_only=True,
            )
        self._take_best()
        record = self._record(module)
        with replacing(self.place / "done.json") as beside:
            beside.write_text(json.dumps({"record": asdict(record), "history": module.history}))
        return record, module.history

    def _module(self, on_epoch: Any) -> CellModule:
        device = best_device()
        learning = self.settings.learning
        found = class_weights(self.data.train_labels, self.network.n_classes, self._balance)
        weights = None if found is None else torch.from_numpy(found).float().to(device)
        frozen = self._freeze()
        rate = learning.learning_rate if self.phase == "all" else learning.head_learning_rate
        groups = parameter_groups(self.network, rate, learning.block_decay)
        module = CellModule(
            self.network,
            self._course(),
            self.data,
            objective=build_objective(self.settings, weights),
            optimizer=build_optimizer(learning.optimizer, groups, rate),
            precision=resolve_precision(self.settings.hardware.precision, device),
            frozen=frozen,
            on_epoch=on_epoch,
        )
        if self.settings.hardware.compile:
            module.learned = torch.compile(self.network)
        return module

    @property
    def _balance(self) -> Balance:
        return "sampling" if self.phase == "classifier" else self.settings.learning.balance

    @property
    def _n_epochs(self) -> int:
        learning = self.settings.learning
        planned = {"head": learning.head_epochs, "classifier": learning.classifier_epochs}
        return planned.get(self.phase, learning.epochs)

    def _freeze(self) -> list[torch.nn.Module]:
        """Freeze for this phase; what stays in evaluation mode while the rest learns."""
        if self.phase != "all":
            apply_freezing(self.network, FreezingSettings(freeze_blocks=("all",)))
            return [self.network.backbone]
        apply_freezing(self.network, self.settings.freezing)
        return norms_that_rest(self.network)

    def _course(self) -> Course:
        learning, seed = self.settings.learning, self.settings.seed
        n_epochs = self._n_epochs
        batches = Batches(
            self.data.pixels,
            self.data.train_rows,
            self.data.train_labels,
            learning.batch_size,
            self._balance,
            seed + _APART[self.phase],
            self.data.groups,
        )
        return Course(
            self.phase,
            batches,
            self._timetable(n_epochs, len(batches)),
            build_schedule(learning.schedule),
            seed=seed,
            n_planned=n_epochs,
            monitor=learning.monitor,
            average=learning.average,
            clock=self.clock,
            of_training=self._of_training,
        )

    @property
    def _of_training(self) -> tuple[float, float]:
        """The part of the training that this phase is; classifier epochs come after it."""
        learning = self.settings.learning
        head = learning.head_epochs / (learning.head_epochs + learning.epochs)
        parts = {"head": (0.0, head), "all": (head, 1.0)}
        return parts.get(self.phase, (1.0, 1.0))

    def _timetable(self, n_epochs: int, n_steps: int) -> Timetable:
        """Even, or that of the run that is repeated; an epoch of other rows has other batches."""
        if not self.given:
            return Timetable.even(n_epochs, n_steps)
        last = self.given.last_steps
        if last is not None:
            last = max(1, round(last * n_steps / self.given.n_steps))
        return Timetable(self.given.borders, n_steps, last)

    def _take_best(self) -> None:
        found = torch.load(self.place / "best.ckpt", map_location="cpu", weights_only=True)
        self.network.load_state_dict(kept_state(found["state_dict"]))

    def _record(self, module: CellModule) -> PhaseRecord:
        monitor = self.settings.learning.monitor
        pick = min if monitor.endswith("loss") else max
        best = pick(module.history, key=lambda row: float(row[monitor]))
        table = module.course.timetable
        return PhaseRecord(
            self.phase,
            table.borders,
            table.n_steps,
            table.last_steps,
            len(module.history),
            int(best["epoch"]),
            float(best[monitor]),
        )
