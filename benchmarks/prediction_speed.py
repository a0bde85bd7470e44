"""Images per second in prediction: the store warm and cold, against the network's own ceiling.

The ceiling is the same network answering one batch that lies ready, in the same precision.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import torch

from benchmarks import cells
from benchmarks.record import write_median
from buffycoat import train
from buffycoat.batches.loader import as_images
from buffycoat.batches.store import open_store
from buffycoat.images.fit import ImageSettings
from buffycoat.models.build import build_network
from buffycoat.models.network import Network
from buffycoat.models.settings import ModelSettings
from buffycoat.prediction.device import autocast, best_device, resolve_precision
from buffycoat.prediction.predict import predict_rows
from buffycoat.registry import Choice
from buffycoat.tables.samples import SampleTable, data_hash
from buffycoat.training.settings import LearningSettings, TrainSettings

PX, BATCH, N, ROUNDS = 96, 256, 4096, 5
PRECISION = resolve_precision("auto", best_device())


def main() -> None:
    """Measure both networks, then the command line."""
    table = cells.read(cells.pbc())
    for name in ("resnet18", "mobilenetv2_100"):
        network = build_network(ModelSettings(Choice(name), "none"), 8, image_px=(PX, PX), seed=0)
        network.to(best_device(), memory_format=torch.channels_last)
        _warm(name, network, table)
        _cold(name, network, table)
    _command_line(table)


def _warm(name: str, network: Network, table: SampleTable) -> None:
    data = cells.rows(table, PX, "validation")
    rows = np.random.default_rng(0).permutation(data.train_rows)[:N]
    ours, ceiling = [], []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        predict_rows(network, data.pixels, rows, precision=PRECISION)
        ours.append(N / (time.perf_counter() - began))
        ceiling.append(_ceiling(network, data.pixels[rows[:BATCH]]))
    ratios = [a / b for a, b in zip(ours[1:], ceiling[1:], strict=True)]
    setting = f"{name}, {PX} px, {PRECISION}"
    _row(setting, "ours, warm store", ours[1:], "images/s", table)
    _row(setting, "ceiling", ceiling[1:], "images/s", table)
    _row(setting, "ours / ceiling", ratios, "", table)


def _ceiling(network: Network, pixels: np.ndarray) -> float:
    """Images per second of the network alone on a batch that lies ready."""
    images = as_images(pixels).to(best_device()).float().div_(255)
    network.eval()
    began = time.perf_counter()
    with torch.inference_mode(), autocast(PRECISION, best_device()):
        for _ in range(N // BATCH):
            network(images).float().softmax(1).cpu()
    return N / (time.perf_counter() - began)


def _cold(name: str, network: Network, table: SampleTable) -> None:
    """Images per second where each has to be decoded first, into a store of its own."""
    with tempfile.TemporaryDirectory(dir=cells.WORK) as folder:
        began = time.perf_counter()
        store = open_store(table, ImageSettings((PX, PX)), cache=Path(folder))
        predict_rows(network, store.pixels, np.arange(len(store.pixels)), precision=PRECISION)
        speed = len(store.pixels) / (time.perf_counter() - began)
    _row(f"{name}, {PX} px, {PRECISION}", "ours, cold store", [speed], "images/s", table)


def _command_line(table: SampleTable) -> None:
    """Seconds of `buffycoat predict` for 64 image files, start-up included."""
    run, images = cells.WORK / "quick-run", cells.WORK / "64-images"
    few = table.frame.filter(pl.int_range(pl.len()).over("label", "split") < 16)
    settings = TrainSettings(
        network=ModelSettings(weights=str(cells.WEIGHTS)), learning=LearningSettings(epochs=1)
    )
    train(table.stepped("cut", few), out=run, settings=settings, overwrite=run.exists())
    shutil.rmtree(images, ignore_errors=True)
    images.mkdir()
    for path in few["path"].gather_every(6)[:64]:
        shutil.copy(table.root / path, images)
    command = [str(Path(sys.executable).with_name("buffycoat")), "predict", str(run), str(images)]
    seconds = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ)
        seconds.append(time.perf_counter() - began)
    setting = f"buffycoat predict, {len(list(images.iterdir()))} images, start-up included"
    _row(setting, "seconds", seconds[1:], "s", table)


def _row(setting: str, figure: str, values: list[float], unit: str, table: SampleTable) -> None:
    told = {"unit": unit, "data_hash": data_hash(table), "note": f"{len(values)} rounds in turn"}
    write_median("prediction_speed", setting, figure, values, **told)


if __name__ == "__main__":
    main()
