"""The first published system's eight networks, trained all, and searched by every strategy.

Kaggle's TRAIN at 80 x 60, five epochs, a fifth of the photographs for validation; TEST is answered
by the trained networks at the end, its intervals by photograph. `published.leaky_validation` makes
the tables. Strategies that share weights have the published ten epochs and, for their ranks, one;
those that train each network by itself have four of the eight.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import polars as pl
import torch

from benchmarks import cells
from benchmarks.record import write_row
from buffycoat.batches.store import open_store
from buffycoat.evaluation.pairing import Contender
from buffycoat.evaluation.standings import Standings, rank_contenders
from buffycoat.images.fit import ImageSettings
from buffycoat.pipeline.rows import rows_by_split
from buffycoat.registry import Choice
from buffycoat.search.honesty import rank_correlation
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.spaces.catalogue import open_space
from buffycoat.search.strategies.attempt import seeded
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.catalogue import proposers, strategies
from buffycoat.search.strategies.strategy import Scored, chosen, key_of
from buffycoat.search.task import TaskSettings, TrainingTask
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.predictions import PredictionTable
from buffycoat.tables.samples import SampleTable, data_hash

PX = (60, 80)
SEEDS = (0, 1, 2)
EPOCHS, SHARED_EPOCHS, N_TRIALS = 5, 10, 4
IMAGES = ImageSettings(PX, "squash")  # 320 x 240 has their shape: nothing is stretched


def main() -> None:
    """Train all eight with every seed, then let every strategy choose."""
    train, test = cells.WORK / "leaky-photograph.parquet", cells.WORK / "kaggle-test.parquet"
    if not (train.is_file() and test.is_file()):
        sys.exit(f"{train} is not there: run published.leaky_validation first")
    samples, tested = cells.read(train), cells.read(test)
    store = open_store(samples, IMAGES)
    data = rows_by_split(samples, store)
    settings = TaskSettings(epochs=EPOCHS, augmentation=Choice("none"))
    task = TrainingTask(data, len(samples.classes), settings=settings)
    space = open_space(Choice("published"), task.n_classes, PX)[0]
    data_of, began = data_hash(samples), time.monotonic()
    retrained, standings = _all(space, task, tested, data_of)
    for name in ("random_search", "evolution", "tpe", "single_path", "darts", "gumbel"):
        _searched(name, space, task, retrained, standings, data_of)
    took = time.monotonic() - began
    _row("the whole comparison", "seconds", took, "s", data_of, "TEST's answers included")


def _all(
    space: Space, task: TrainingTask, tested: SampleTable, data: str
) -> tuple[dict[object, float], Standings]:
    """Mean validation accuracy of each network over the seeds, and all by their test rows."""
    store = open_store(tested, IMAGES)
    frame = tested.usable
    pixels = np.ascontiguousarray(store.pixels[store.rows_of(frame)])
    means, contenders, began = {}, [], time.monotonic()
    for architecture in space.every():
        scores, tables = [], []
        for seed in SEEDS:
            with seeded(seed):
                network = space.fixed(architecture)
            scores.append(task.score(network, seed))
            tables.append(_answers(task, network, pixels, frame, tested.classes))
        means[key_of(architecture)] = float(np.mean(scores))
        contenders.append(Contender(json.dumps(architecture), tuple(tables)))
    took = time.monotonic() - began
    _row("exhaustive, three seeds", "seconds", took, "s", data, f"24 trainings of {EPOCHS} epochs")
    standings = rank_contenders(contenders, "test")
    for row in standings.rows:
        note = f"three seeds, sd {row.spread:.4f}; validation {means[_key(row.name)]:.4f}"
        ends = {"low": row.accuracy.low, "high": row.accuracy.high}
        name = "TEST accuracy by image, 95% by photograph"
        _row(row.name, name, row.accuracy.value, "", data, note, **ends)
    return means, standings


def _key(name: str) -> object:
    return key_of(json.loads(name))


def _answers(
    task: TrainingTask,
    network: torch.nn.Module,
    pixels: np.ndarray,
    frame: pl.DataFrame,
    classes: tuple[str, ...],
) -> PredictionTable:
    p = torch.from_numpy(task.answer(network, pixels)).softmax(1).numpy()
    rows = frame.with_columns(split=pl.lit("test"))
    return answer_rows(rows, p, classes, "network", facts={"groups": ["copy_cluster"]})


def _searched(
    name: str,
    space: Space,
    task: TrainingTask,
    retrained: dict[object, float],
    standings: Standings,
    data: str,
) -> None:
    asked = tuple(space.every())
    began = time.monotonic()
    found = _run(name, space, task, asked, SHARED_EPOCHS)
    took = time.monotonic() - began
    best = chosen(found)
    order = sorted(retrained.values(), reverse=True)
    own = retrained[key_of(best.architecture)]
    tested = next(r for r in standings.rows if _key(r.name) == key_of(best.architecture))
    note = f"chose {json.dumps(best.architecture)}: number {1 + order.index(own)} of 8 retrained"
    ends = {"low": tested.accuracy.low, "high": tested.accuracy.high}
    value = tested.accuracy.value
    _row(name, "TEST accuracy of what it chose, three seeds", value, "", data, note, **ends)
    _row(name, "seconds", took, "s", data, "scores of all eight included")
    if name not in proposers:
        _ranks(name, f"{SHARED_EPOCHS} epochs", found, asked, retrained, data)
        short = _run(name, space, task, asked, max(1, SHARED_EPOCHS // 10))
        _ranks(name, "a tenth of them", short, asked, retrained, data)


def _run(
    name: str, space: Space, task: TrainingTask, asked: tuple[Architecture, ...], epochs: int
) -> list[Scored]:
    if name in proposers:
        given = {"n_startup": N_TRIALS // 2} if name == "tpe" else {}
        budget = SearchBudget(n_trials=N_TRIALS)
        return list(strategies.get(name)(space, task, seed=0, budget=budget, **given))
    given = {"epochs": epochs, "patience": 0, "asked": asked}
    return list(strategies.get(name)(space, task, seed=0, budget=SearchBudget(), **given))


def _ranks(
    name: str,
    with_: str,
    found: list[Scored],
    asked: tuple[Architecture, ...],
    retrained: dict[object, float],
    data: str,
) -> None:
    scores = {key_of(one.architecture): one.score for one in found if one.how == "asked"}
    keys = [key_of(one) for one in asked]
    ranks = rank_correlation([scores[k] for k in keys], [retrained[k] for k in keys])
    if ranks is None:
        _row(name, f"Spearman with retraining, {with_}", float("nan"), "", data, "all scores alike")
        return
    ends = {"low": ranks.spearman.low, "high": ranks.spearman.high}
    note = "eight networks, 95% over networks drawn again"
    _row(name, f"Spearman with retraining, {with_}", ranks.spearman.value, "", data, note, **ends)


def _row(
    setting: str, figure: str, value: float, unit: str, data: str, note: str, **ends: float
) -> None:
    write_row(
        "search_published", setting, figure, value, unit=unit, data_hash=data, note=note, **ends
    )


if __name__ == "__main__":
    main()
