"""The chosen network, and the one of chance, retrained from scratch as runs of their own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from buffycoat.pipeline.architecture_search.pace import epochs_within
from buffycoat.pipeline.budget import Budget
from buffycoat.pipeline.console import say
from buffycoat.pipeline.fitting import fit_run
from buffycoat.pipeline.starting import start_run
from buffycoat.pipeline.trials.trial import write_page
from buffycoat.runs import Run, open_run
from buffycoat.tables.samples import SampleTable
from buffycoat.training.settings import TrainSettings

__all__ = ["Final", "epochs_fitting", "retrain_as_runs"]

_MOST_KEPT = 0.5
"""Share of a run's time that is kept for its answers and page, at most."""
_PAGE_S, _MARGIN = 10.0, 0.95


@dataclass(frozen=True)
class Final:
    """A network that is retrained."""

    settings: TrainSettings
    epoch_s: float
    """Seconds of one of its epochs, by its trial."""


def epochs_fitting(
    finals: Mapping[str, Final], samples: SampleTable, n_seeds: int, left_s: float
) -> int:
    """How many epochs every run has time for, at most as many as asked: the same for all.

    Networks that are held against each other have to have learned equally long.

    Args:
        finals: What is retrained.
        samples: The split table.
        n_seeds: Trainings of each.
        left_s: Seconds for all of them.
    """
    asked = min(one.settings.learning.epochs for one in finals.values())
    share_s = _MARGIN * left_s / (n_seeds * len(finals))
    learning_s = share_s - min(_MOST_KEPT * share_s, _closing_s(finals, samples))
    mean_s = sum(one.epoch_s for one in finals.values()) / len(finals)
    return epochs_within(learning_s, mean_s, asked)


def _closing_s(finals: Mapping[str, Final], samples: SampleTable) -> float:
    """Seconds for answers and page: an image is answered by its views as long as it is learned."""
    rows = samples.usable
    n_learned = max(1, rows.filter(split="train").height)
    longest = max(one.epoch_s for one in finals.values())
    return _PAGE_S + longest * (rows.height - n_learned) / n_learned


def retrain_as_runs(
    finals: Mapping[str, Final],
    samples: SampleTable,
    n_seeds: int,
    n_epochs: int,
    out: Path,
    time: Budget,
) -> dict[str, list[Run]]:
    """Each network trained with several seeds, in turn, as runs in the folder of the search.

    A finished run is kept, an interrupted one gone on with. A share of the time is as long as the
    network's epochs, and what answers and page take; a run that would be longer has fewer epochs.

    Args:
        finals: By name: the strategy's and the one of chance.
        samples: The split table.
        n_seeds: Trainings of each.
        n_epochs: Of each training.
        out: The folder of the search.
        time: What is left.
    """
    jobs = [(name, number) for number in range(n_seeds) for name in finals]
    runs: dict[str, list[Run]] = {name: [] for name in finals}
    closing_s = _closing_s(finals, samples)
    for i, (name, number) in enumerate(jobs):
        settings = _for_seed(finals[name].settings, number, n_epochs)
        say(f"{name}, seed {settings.seed}: retrained from scratch", "bold")
        place = out / f"{name.replace(' ', '-')}-seed-{settings.seed}"
        run = _finished(place)
        if run is None:
            needed = [n_epochs * finals[later].epoch_s + closing_s for later, _ in jobs[i:]]
            share = Budget(time.left_s * needed[0] / sum(needed))
            kept_s = min(closing_s, _MOST_KEPT * share.total_s)
            run = _trained(samples, settings, place, share, kept_s)
            closing_s = max(0.0, share.total_s - share.left_s - sum(_elapsed_s(run)))
        runs[name].append(run)
    return runs


def _for_seed(settings: TrainSettings, number: int, n_epochs: int) -> TrainSettings:
    learning = replace(settings.learning, epochs=n_epochs)
    return replace(settings, seed=settings.seed + number, learning=learning)


def _finished(place: Path) -> Run | None:
    if not (place / "run.json").is_file():
        return None
    run = open_run(place, finished=False)
    return run if run.is_finished else None


def _elapsed_s(run: Run) -> list[float]:
    """Seconds of each of its epochs."""
    return pl.read_csv(run.part("history.csv"))["elapsed_s"].to_list()


def _trained(
    samples: SampleTable, settings: TrainSettings, place: Path, time: Budget, closing_s: float
) -> Run:
    begun = (place / "run.json").is_file()
    if begun and not (place / "samples.parquet").is_file():
        shutil.rmtree(place)  # nothing was learned in it
        begun = False
    run = start_run(samples, settings, place, resume=begun)
    made = fit_run(run, samples, settings, budget=time, closing_s=closing_s)
    write_page(made, "test")
    return made
