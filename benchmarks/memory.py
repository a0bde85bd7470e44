"""Anonymous resident memory of training and prediction, over 13,722 and 200,000 images.

Mapped files (the store) are not counted: the kernel takes their pages back when it needs them.
Images beyond PBC's are its rows again; a small image size keeps the many steps short.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import cells
from benchmarks.record import write_row
from buffycoat.models.build import build_network
from buffycoat.models.settings import ModelSettings
from buffycoat.prediction.device import best_device, resolve_precision
from buffycoat.prediction.predict import predict_rows
from buffycoat.registry import Choice
from buffycoat.tables.samples import data_hash
from buffycoat.training.data import TrainingData
from buffycoat.training.fit import fit
from buffycoat.training.settings import LearningSettings, TrainSettings

PX = 32
SIZES = (13_722, 200_000)


def main() -> None:
    """Measure both jobs at both sizes and write the rows."""
    table = cells.read(cells.pbc())
    data = cells.rows(table, PX, "validation")
    for n in SIZES:
        for name, work in {"training": _train, "predicting": _predict}.items():
            watched = _watch(lambda work=work, n=n: work(data, n))
            _write(f"{name} {n:,} images, mobilenetv2_100, {PX} px", watched, data_hash(table))


def _train(data: TrainingData, n: int) -> None:
    # Two epochs of half as many, so that each half holds a look at the validation rows.
    rows, labels = np.resize(data.train_rows, n // 2), np.resize(data.train_labels, n // 2)
    settings = TrainSettings(learning=LearningSettings(epochs=2))
    with tempfile.TemporaryDirectory() as folder:
        fit(_network(), replace(data, train_rows=rows, train_labels=labels), settings, Path(folder))


def _predict(data: TrainingData, n: int) -> None:
    precision = resolve_precision("auto", best_device())
    rows = np.resize(data.train_rows, n)
    predict_rows(_network().to(best_device()), data.pixels, rows, precision=precision)


def _network():
    return build_network(ModelSettings(Choice("mobilenetv2_100"), "none"), 8, image_px=(PX, PX))


def _watch(work: Callable[[], None]) -> list[float]:
    """MB of RssAnon, ten times a second, while the work is done."""
    seen: list[float] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            seen.append(_rss_anon_mb())

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    work()
    done.set()
    watcher.join()
    return seen


def _rss_anon_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    raise OSError("/proc/self/status has no RssAnon: this benchmark is for Linux")


def _write(setting: str, seen: list[float], data: str) -> None:
    half = len(seen) // 2
    first, second = seen[:half], seen[half:]
    note = f"{len(seen)} looks, ten a second"
    given = {"data_hash": data, "note": note}
    write_row("memory", setting, "peak of the first half", max(first), unit="MB", **given)
    write_row("memory", setting, "peak of the second half", max(second), unit="MB", **given)
    write_row("memory", setting, "second half / first, peaks", max(second) / max(first), **given)
    typical = statistics.median(second) / statistics.median(first)
    write_row("memory", setting, "second half / first, medians", typical, **given)


if __name__ == "__main__":
    main()
