"""Images per second in training: ours, a plain loop over an image folder, and the ceiling.

The ceiling is the same network learning from one batch that lies ready, in the same precision;
`the library's own ceiling` is that without our depthwise gradient. All alternate within one
process, so that what else the machine does meets them alike.
"""

from __future__ import annotations

import copy
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torchvision import datasets, transforms

from benchmarks import cells
from benchmarks.record import write_median
from benchmarks.resident_step import resident_step
from buffycoat.batches.loader import as_images
from buffycoat.models.build import build_network
from buffycoat.models.depthwise import DepthwiseConv2d
from buffycoat.models.network import Network
from buffycoat.models.settings import ModelSettings
from buffycoat.prediction.device import best_device
from buffycoat.registry import Choice
from buffycoat.tables.samples import data_hash
from buffycoat.training.data import TrainingData
from buffycoat.training.fit import fit
from buffycoat.training.settings import LearningSettings, TrainSettings

PX, BATCH, STEPS, ROUNDS = 96, 64, 30, 5


def main() -> None:
    """Measure both networks and write the rows."""
    table = cells.read(cells.pbc())
    data = _cut(cells.rows(table, PX, "validation"), STEPS * BATCH)
    for name in ("resnet18", "mobilenetv2_100"):
        network = build_network(ModelSettings(Choice(name), "none"), 8, image_px=(PX, PX), seed=0)
        plain = _plain_batches()
        ways: dict[str, Callable[[], float]] = {
            "ours": lambda network=network: _ours(network, data),
            "ceiling": lambda network=network: _resident(network, data),
            "library's own ceiling": lambda network=network: _resident(_without(network), data),
            "plain loop": lambda network=network, plain=plain: _plain(network, plain),
        }
        found: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(ROUNDS + 1):  # the first is a warm-up
            for way, measure in ways.items():
                found[way].append(measure())
        _write(name, {way: speeds[1:] for way, speeds in found.items()}, data_hash(table))


def _cut(data: TrainingData, n: int) -> TrainingData:
    """So many training rows, and few to validate on: the validation is not what is measured."""
    return replace(
        data,
        train_rows=data.train_rows[:n],
        train_labels=data.train_labels[:n],
        validation_rows=data.validation_rows[:BATCH],
        validation_labels=data.validation_labels[:BATCH],
    )


def _ours(network: Network, data: TrainingData) -> float:
    """Images per second of one epoch of `fit`, with everything that it does for a batch."""
    settings = TrainSettings(learning=LearningSettings(epochs=1, batch_size=BATCH))
    with tempfile.TemporaryDirectory() as folder:
        fitted = fit(copy.deepcopy(network), data, settings, Path(folder))
    return float(fitted.history["images_per_s"][0])


def _resident(network: Network, data: TrainingData) -> float:
    """Images per second of forward, backward and optimiser on one batch that lies ready."""
    pixels = as_images(data.pixels[data.train_rows[:BATCH]])
    labels = torch.from_numpy(data.train_labels[:BATCH])
    return _speed(resident_step(network, pixels, labels))


def _without(network: Network) -> Network:
    """The network with the library's own gradients alone."""
    bare = copy.deepcopy(network)
    for module in bare.modules():
        if isinstance(module, DepthwiseConv2d):
            module.__class__ = nn.Conv2d
    return bare


def _plain_batches() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """What most scripts do: an image folder, torchvision's transforms, a loader."""
    norm = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    steps = [
        transforms.Resize((PX, PX)),
        transforms.RandomHorizontalFlip(),
        transforms.RandomVerticalFlip(),
        transforms.ColorJitter(0.06, 0.1, 0.03),
        transforms.ToTensor(),
        norm,
    ]
    folder = datasets.ImageFolder(str(cells.folder("pbc")), transforms.Compose(steps))
    loader = torch.utils.data.DataLoader(folder, BATCH, shuffle=True, num_workers=2)
    return itertools.chain.from_iterable(itertools.repeat(loader))


def _plain(network: Network, batches: Iterator[tuple[torch.Tensor, torch.Tensor]]) -> float:
    """Images per second of the plain loop in float32."""
    trial = nn.Sequential(copy.deepcopy(_without(network).backbone), copy.deepcopy(network.head))
    device = best_device()
    trial.to(device).train()
    optimizer = torch.optim.AdamW(trial.parameters(), lr=1e-3)

    def step() -> None:
        images, labels = next(batches)
        F.cross_entropy(trial(images.to(device)), labels.to(device)).backward()
        optimizer.step()
        optimizer.zero_grad()

    return _speed(step, STEPS // 2)


def _speed(step: Callable[[], None], n_steps: int = STEPS) -> float:
    for _ in range(2):
        step()
    began = time.perf_counter()
    for _ in range(n_steps):
        step()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return n_steps * BATCH / (time.perf_counter() - began)


def _write(name: str, found: dict[str, list[float]], data: str) -> None:
    setting = f"{name}, {PX} px, batch {BATCH}"
    for way, speeds in found.items():
        _row(setting, way, speeds, "images/s", data, "")
    for rival in ("ceiling", "library's own ceiling", "plain loop"):
        ratios = [a / b for a, b in zip(found["ours"], found[rival], strict=True)]
        _row(setting, f"ours / {rival}", ratios, "", data, f"{len(ratios)} rounds in turn")


def _row(setting: str, figure: str, values: list[float], unit: str, data: str, note: str) -> None:
    told = {"unit": unit, "data_hash": data, "note": note}
    write_median("training_speed", setting, figure, values, **told)


if __name__ == "__main__":
    main()
