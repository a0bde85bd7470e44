"""Beside NNI 3.0: DARTS over the first published system's eight networks, on the same rows.

NNI gets an environment of its own in the work folder (or the interpreter in $BUFFYCOAT_NNI), and
its space written as its users write it. Both search for ten epochs on Kaggle's TRAIN at 80 x 60,
the choice learned on the same half of the photographs, batches of 64, no augmentation, images in
memory, in float32; ours then also in the arithmetic that it takes by itself. NNI is called without
its experiment, which would start a server. `published.leaky_validation` makes the table.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from benchmarks import cells
from benchmarks.environments import interpreter, result_of
from benchmarks.record import write_row
from buffycoat.batches.store import open_store
from buffycoat.images.fit import ImageSettings
from buffycoat.pipeline.rows import rows_by_split
from buffycoat.prediction.device import Precision
from buffycoat.registry import Choice
from buffycoat.search.halves import halve
from buffycoat.search.spaces.catalogue import open_space
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.catalogue import strategies
from buffycoat.search.strategies.strategy import chosen
from buffycoat.search.task import TaskSettings, TrainingTask
from buffycoat.tables.samples import data_hash
from buffycoat.training.data import TrainingData

PX, BATCH, EPOCHS, SEED = (60, 80), 64, 10, 0
WANTED = ["nni==3.0", "torch", "pytorch-lightning", "requests", "pyyaml"]
WANTED += ["filelock<3.12", "typeguard<4.1.3"]

_SEARCH = """
import json, sys, time
import numpy as np, torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import TensorDataset
from nni.nas.evaluator.pytorch import Classification, DataLoader
from nni.nas.execution import SequentialExecutionEngine
from nni.nas.nn.pytorch import InputChoice, LayerChoice, ModelSpace
from nni.nas.space import RawFormatModelSpace
from nni.nas.strategy import DARTS

file, n_classes, batch, epochs, rate, seed = sys.argv[1], *map(float, sys.argv[2:])
torch.manual_seed(int(seed))
held = np.load(file)

def kernels(name, before, width):
    sizes = {"3x3": 3, "5x5": 5}
    return LayerChoice({said: nn.Conv2d(before, width, size, padding=size // 2)
                        for said, size in sizes.items()}, label=name)

class Published(ModelSpace):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = kernels("conv1", 3, 6), kernels("conv2", 6, 16)
        self.conv3, self.norm = nn.Conv2d(16, 16, 1), nn.BatchNorm2d(16)
        self.skip = InputChoice(n_candidates=2, n_chosen=1, label="skip")
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.dense1, self.dense2 = nn.Linear(256, 120), nn.Linear(120, 84)
        self.last = nn.Linear(84, int(n_classes))

    def forward(self, images):
        x = F.max_pool2d(F.relu(self.conv1(images)), 2)
        x0 = F.relu(self.conv2(x))
        x1 = F.relu(self.conv3(x0))
        x = F.max_pool2d(self.norm(self.skip([x1, x1 + x0])), 2)
        x = F.relu(self.dense1(torch.flatten(self.pool(x), 1)))
        return self.last(F.relu(self.dense2(x)))

def loader(half):
    pixels = torch.from_numpy(held[half]).permute(0, 3, 1, 2).float()
    rows = TensorDataset((pixels / 255 - 0.5) / 0.5, torch.from_numpy(held[half + "_labels"]))
    return DataLoader(rows, batch_size=int(batch), shuffle=True)

evaluator = Classification(
    learning_rate=rate, optimizer=torch.optim.AdamW, num_classes=int(n_classes),
    train_dataloaders=loader("weights"), val_dataloaders=loader("architecture"),
    max_epochs=int(epochs), accelerator="cpu", logger=False, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False)
strategy = DARTS()
began = time.perf_counter()
strategy(RawFormatModelSpace(Published(), evaluator), SequentialExecutionEngine())
seconds = time.perf_counter() - began
sample = next(iter(strategy.list_models())).sample
print("RESULT", json.dumps({"seconds": seconds, "chose": {k: str(v) for k, v in sample.items()}}))
"""


def main() -> None:
    """Search by theirs, then by ours, and write the seconds and the choices."""
    table = cells.WORK / "leaky-photograph.parquet"
    if not table.is_file():
        sys.exit(f"{table} is not there: run published.leaky_validation first")
    samples = cells.read(table)
    store = open_store(samples, ImageSettings(PX, "squash"))
    data = rows_by_split(samples, store)
    n_classes, hashed = len(samples.classes), data_hash(samples)
    theirs = _theirs(data, n_classes)
    note = f"chose {json.dumps(theirs['chose'])}; {EPOCHS} epochs"
    _row("NNI 3.0, DARTS, float32", "seconds", theirs["seconds"], "s", hashed, note)
    for precision in ("float32", "auto"):
        seconds, choice = _ours(data, n_classes, precision)
        note = f"chose {json.dumps(choice)}; {EPOCHS} epochs"
        setting = f"ours, DARTS, {precision}"
        _row(setting, "seconds", seconds, "s", hashed, note)
        _row(setting, "epochs in the time of one of NNI", theirs["seconds"] / seconds, "", hashed)


def _ours(
    data: TrainingData, n_classes: int, precision: Precision
) -> tuple[float, dict[str, object]]:
    """Seconds and the choice."""
    how = {"augmentation": Choice("none"), "precision": precision, "batch_size": BATCH}
    task = TrainingTask(data, n_classes, settings=TaskSettings(**how), seed=SEED)
    space = open_space(Choice("published"), n_classes, PX)[0]
    began = time.perf_counter()
    given = {"seed": SEED, "budget": SearchBudget(), "epochs": EPOCHS, "patience": 0}
    found = list(strategies.get("darts")(space, task, **given))
    return time.perf_counter() - began, dict(chosen(found).architecture)


def _theirs(data: TrainingData, n_classes: int) -> dict:
    """Seconds and the choice."""
    settings = TaskSettings()
    held_out = halve(data.train_labels, data.groups, settings.architecture_share, SEED)
    file, arrays = cells.WORK / "nni-rows.npz", {}
    for half, chosen_rows in (("weights", ~held_out), ("architecture", held_out)):
        arrays[half] = data.pixels[data.train_rows[chosen_rows]]
        arrays[f"{half}_labels"] = data.train_labels[chosen_rows]
    np.savez(file, **arrays)
    given = [file, n_classes, BATCH, EPOCHS, settings.learning_rate, SEED]
    return result_of(interpreter("nni", WANTED), _SEARCH, *given)


def _row(setting: str, figure: str, value: float, unit: str, hashed: str, note: str = "") -> None:
    write_row("nni_peer", setting, figure, value, unit=unit, data_hash=hashed, note=note)


if __name__ == "__main__":
    main()
