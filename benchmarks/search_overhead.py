"""What the machinery of searches costs by trial, and what a second worker brings.

Overhead: searches whose trials take no time, 60 trials each, their tables and studies written to
disk as the commands do. Workers: trials of one thread that train a small network, made by one
worker, by two, and, as the most that this machine can do, by two plain processes side by side.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from torch import nn

from benchmarks.record import write_row
from buffycoat.pipeline.architecture_search.record import SEARCH, Record
from buffycoat.registry import Choice
from buffycoat.search.engine.engine import Engine, Job, Report
from buffycoat.search.engine.local import InProcess
from buffycoat.search.engine.processes import Processes
from buffycoat.search.settings.limits import Limits
from buffycoat.search.settings.pruners import build_pruner
from buffycoat.search.settings.search import Search
from buffycoat.search.settings.study import file_url, open_study
from buffycoat.search.space.space import Space
from buffycoat.search.spaces.small import small
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.catalogue import proposers
from buffycoat.search.strategies.strategy import SearchTask
from buffycoat.search.strategies.trials import run_trials

N_FREE, N_REAL, N_STEPS = 60, 6, 60
A_MINUTE = 60.0


def main() -> None:
    """Measure both."""
    with tempfile.TemporaryDirectory() as folder:
        for sampler in ("random", "tpe", "gp"):
            seconds = _settings(sampler, Path(folder) / f"{sampler}.db") / N_FREE
            _overhead(f"search settings, {sampler}", seconds)
        for strategy in ("random_search", "evolution", "tpe"):
            seconds = _architectures(strategy, Path(folder) / f"{strategy}.parquet") / N_FREE
            _overhead(f"search architecture, {strategy}, space small", seconds)
    _workers()


def _overhead(setting: str, seconds: float) -> None:
    _row(setting, "machinery's share of a one-minute trial", seconds / A_MINUTE, "")
    _row(setting, "machinery, seconds per trial", seconds, "s")


def _settings(sampler: str, file: Path) -> float:
    """Seconds of a search over three settings whose trials take none."""
    facts = {"kind": "search settings"}
    study = open_study(file_url(file), "s", facts, direction="maximize", said={})
    study.pruner = build_pruner(Choice("none"), 1)
    began = time.perf_counter()
    Search(
        study,
        lambda trial: {name: trial.suggest_float(name, 0, 1) for name in ("a", "b", "c")},
        lambda number, settings, _: Job(number, _score, (settings["a"],)),
        InProcess(),
        Limits(n_trials=N_FREE),
        Choice(sampler),
        say=lambda _: None,
    ).run()
    return time.perf_counter() - began


def _score(value: float, *, report: Report) -> dict[str, object]:
    report(1, value)
    return {"status": "finished", "score": value}


class _Counted:
    """Networks of the space `small`, scored without a training."""

    def __init__(self) -> None:
        self.space = Space(small, n_classes=8, image_px=(64, 64))

    def opened(self) -> tuple[Space, SearchTask]:
        return self.space, self  # type: ignore[return-value]

    def score(self, network: nn.Module, seed: int) -> float:  # noqa: ARG002
        return float(sum(p.numel() for p in network.parameters()))


def _architectures(strategy: str, file: Path) -> float:
    """Seconds of a search whose trials take none: networks are proposed, built and written down."""
    material, record = _Counted(), Record(file, {})
    propose = proposers[strategy](material.space, seed=0)
    began = time.perf_counter()
    for one in run_trials(propose, material, seed=0, budget=SearchBudget(n_trials=N_FREE)):
        record.add(SEARCH, one, time.perf_counter() - began)
    return time.perf_counter() - began


def _workers() -> None:
    """Trials in a minute by one worker, by two, and by two processes without a search."""
    alone = _rate(Processes(1, n_threads=1))
    together = _rate(Processes(2, n_threads=1))
    ceiling = _plain(2) / _plain(1)
    note = f"{N_REAL} trials of one thread; one worker made {60 * alone:.1f} a minute"
    _row("two workers", "trials in the time of one worker's", together / alone, "", note)
    note = "the same trainings in plain processes"
    _row("two processes", "trainings in the time of one process's", ceiling, "", note)


def _rate(engine: Engine) -> float:
    """Trials per second, the start of the workers left out."""
    try:
        for number in range(engine.n_at_once):
            engine.begin(Job(number, _train, (1,)))
        for _ in range(engine.n_at_once):
            engine.wait(lambda *_: False)
        began, waiting = time.perf_counter(), list(range(N_REAL))
        n_running = 0
        while waiting or n_running:
            while waiting and n_running < engine.n_at_once:
                engine.begin(Job(waiting.pop(), _train, (N_STEPS,)))
                n_running += 1
            engine.wait(lambda *_: False)
            n_running -= 1
        return N_REAL / (time.perf_counter() - began)
    finally:
        engine.close()


def _plain(n: int) -> float:
    """Trainings per second of so many processes at once; each says how long its own took."""
    program = "from benchmarks.search_overhead import timed_training as t; t()"
    jobs = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(n)
    ]
    took = [float(job.communicate()[0]) for job in jobs]
    return n * N_REAL / 2 / max(took)


def timed_training() -> None:
    """Print the seconds of half of the trials, after one step for warming up."""
    _train(1)
    began = time.perf_counter()
    for _ in range(N_REAL // 2):
        _train(N_STEPS)
    print(time.perf_counter() - began)


def _train(n_steps: int, *, report: Report | None = None) -> int:  # noqa: ARG001
    """A small network learns for so many steps, by one thread."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3, stride=2), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 8),
    )  # fmt: skip
    optimizer = torch.optim.AdamW(network.parameters())
    images, labels = torch.randn(64, 3, 64, 64), torch.randint(8, (64,))
    for _ in range(n_steps):
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()
        optimizer.zero_grad()
    return n_steps


def _row(setting: str, figure: str, value: float, unit: str, note: str = "") -> None:
    write_row("search_overhead", setting, figure, value, unit=unit, note=note)


if __name__ == "__main__":
    # Processes look functions up by the module's name, which is not __main__ for them.
    from benchmarks import search_overhead

    search_overhead.main()
