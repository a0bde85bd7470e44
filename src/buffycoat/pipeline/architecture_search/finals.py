"""The chosen network as files, and retrained from scratch as runs of its own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl

from buffycoat.models.settings import ModelSettings
from buffycoat.pipeline.budget import Budget
from buffycoat.pipeline.console import say
from buffycoat.pipeline.fitting import fit_run
from buffycoat.pipeline.starting import start_run
from buffycoat.pipeline.trials.trial import write_page
from buffycoat.registry import Choice
from buffycoat.runs import Run, open_run
from buffycoat.search.architecture_settings import ArchitectureSettings
from buffycoat.search.export.choices import write_choices
from buffycoat.search.export.code import space_code, write_network_code
from buffycoat.search.export.drawing import write_drawing
from buffycoat.search.export.recipe import write_recipe
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.strategy import Scored
from buffycoat.tables.samples import SampleTable
from buffycoat.training.settings import LearningSettings, TrainSettings

__all__ = ["export_front", "export_network", "retrain_as_runs"]

_FUNCTION = "network"
_CLOSING = 0.5
"""Share of the first run's time that is kept for its answers and page; then it is known."""


def export_network(
    name: str, space: Space, asked: ArchitectureSettings, one: Scored, out: Path
) -> TrainSettings:
    """Write choices, code, drawing and recipe of a scored network; what the recipe says comes back.

    Args:
        name: What the files are called.
        space: Where it is from.
        asked: How it is trained.
        one: The network with its score.
        out: The folder of the search.

    Raises:
        SettingError: when it cannot be written as code.
        DiskError: when a file cannot be written.
    """
    found = {"strategy": str(asked.strategy), "score": one.score, "seed": asked.seed}
    code = space_code(space, one.architecture, found=found, function=_FUNCTION)
    files = {suffix: out / f"{name}.{suffix}" for suffix in ("json", "py", "svg", "toml")}
    write_choices(space, one.architecture, files["json"], found=found)
    write_network_code(code, files["py"])
    write_drawing(space.fixed(one.architecture), space.image_px, files["svg"], title=_title(asked))
    settings = _settings(asked, f"{files['py'].resolve()}:{_FUNCTION}")
    beside = f"{files['py'].name}:{_FUNCTION}"  # so that the folder can be moved
    write_recipe(files["toml"], settings, beside, f"{_title(asked)}, from scratch")
    return settings


def export_front(
    networks: Sequence[Mapping[str, Any]], space: Space, asked: ArchitectureSettings, out: Path
) -> tuple[Mapping[str, Any], ...]:
    """Write the networks on the front as `front/1.py` and so on; the rows with their file.

    Args:
        networks: Rows with `architecture`, `score` and `is_front`.
        space: Where they are from.
        asked: How they are trained.
        out: The folder of the search.

    Raises:
        SettingError: when one cannot be written as code.
        DiskError: when a file cannot be written.
    """
    (out / "front").mkdir(exist_ok=True)
    told, number = [], count(1)
    for row in networks:
        name = f"front/{next(number)}" if row["is_front"] else ""
        if name:
            one = Scored(dict(row["architecture"]), row["score"], 0.0, "trained")
            export_network(name, space, asked, one, out)
        told.append({**row, "file": name and f"{name}.py"})
    return tuple(told)


def _title(asked: ArchitectureSettings) -> str:
    return f"what {asked.strategy.name} chose from the space {asked.space.name.rpartition(':')[2]}"


def _settings(asked: ArchitectureSettings, model: str) -> TrainSettings:
    return TrainSettings(
        network=ModelSettings(model=Choice(model), weights="none"),
        images=asked.images,
        learning=LearningSettings(
            epochs=asked.epochs,
            learning_rate=asked.learning_rate,
            batch_size=asked.batch_size,
        ),
        augmentation=asked.augmentation,
        views="flips",
        seed=asked.seed,
    )


def retrain_as_runs(
    networks: Mapping[str, TrainSettings],
    samples: SampleTable,
    n_seeds: int,
    out: Path,
    time: Budget,
) -> dict[str, list[Run]]:
    """Each network trained with several seeds, in turn, as runs in the folder of the search.

    A finished run is kept, an interrupted one gone on with. Where the time is short, each gets its
    share, and as many epochs as fit in it: the first as if half of it went to answers and page,
    the others with what these took before.

    Args:
        networks: By name: the strategy's and the one of chance.
        samples: The split table.
        n_seeds: Trainings of each.
        out: The folder of the search.
        time: What is left.
    """
    jobs = [(name, number) for number in range(n_seeds) for name in networks]
    runs: dict[str, list[Run]] = {name: [] for name in networks}
    closing_s: float | None = None
    for i, (name, number) in enumerate(jobs):
        share = Budget(time.left_s / (len(jobs) - i))
        kept_s = share.total_s * _CLOSING if closing_s is None else closing_s
        settings = replace(networks[name], seed=networks[name].seed + number)
        say(f"{name}, seed {settings.seed}: retrained from scratch", "bold")
        place = out / f"{name.replace(' ', '-')}-seed-{settings.seed}"
        run = _finished(place)
        if run is None:
            run = _trained(samples, settings, place, share, kept_s)
            closing_s = max(0.0, share.total_s - share.left_s - _epochs_s(run))
        runs[name].append(run)
    return runs


def _finished(place: Path) -> Run | None:
    if not (place / "run.json").is_file():
        return None
    run = open_run(place, finished=False)
    return run if run.is_finished else None


def _epochs_s(run: Run) -> float:
    return float(pl.read_csv(run.part("history.csv"))["elapsed_s"].sum())


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
