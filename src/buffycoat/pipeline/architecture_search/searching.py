"""`buffycoat search architecture`: a network found in a space, and whether it was worth finding."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from buffycoat.pipeline.architecture_search.asked import architecture_facts
from buffycoat.pipeline.architecture_search.finals import export_network, retrain_as_runs
from buffycoat.pipeline.architecture_search.material import Source, open_task
from buffycoat.pipeline.architecture_search.outcome import show_architectures
from buffycoat.pipeline.architecture_search.place import TABLE, begin_folder, open_record
from buffycoat.pipeline.architecture_search.record import Record
from buffycoat.pipeline.architecture_search.scored import costs_of
from buffycoat.pipeline.architecture_search.stages import Stages
from buffycoat.pipeline.budget import Budget, parse_seconds
from buffycoat.pipeline.console import say
from buffycoat.pipeline.folder_of_trials import check_folder, searching_alone
from buffycoat.pipeline.refusing import check_split
from buffycoat.search.architecture_settings import ArchitectureSettings
from buffycoat.search.engine.choosing import running_engine
from buffycoat.search.engine.settings import EngineSettings
from buffycoat.search.objectives import objectives
from buffycoat.search.space.space import Space
from buffycoat.search.spaces.catalogue import open_space
from buffycoat.search.strategies.catalogue import strategies
from buffycoat.search.strategies.drawing import draw_different
from buffycoat.search.strategies.strategy import GIVEN, Scored
from buffycoat.tables.samples import SampleTable, read_samples

__all__ = ["search_architecture"]

_SEARCH, _RANKS, _RETRAINED = 0.3, 0.05, 0.15
"""Shares of the budget: the strategy, and chance as much; scores of those drawn; their retraining.
The rest is for the chosen networks as runs."""


def search_architecture(
    table: Path | SampleTable,
    /,
    *,
    out: Path,
    search: ArchitectureSettings | None = None,
    engine: EngineSettings | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Record:
    """Search a space of networks for the one that classifies best, and say if it was worth it.

    Networks are chosen by validation rows. What was chosen is retrained from scratch with several
    seeds, and so is what random search chose in the same time; the test rows are answered by these
    alone. A network that fails keeps its reason, and the search goes on.

    Args:
        table: A split table.
        out: The folder of the search: best.py, best.json, best.svg, best.toml, a page, runs.
        search: Which networks, who chooses, and how each is trained.
        engine: Where trials run, where a strategy trains each network by itself.
        resume: Go on with a search in `out`.
        overwrite: Replace a search that is in `out`.

    Raises:
        RunError: when `out` holds something else, or no network could be scored.
        SettingError: for a choice that cannot be.
        SpaceError: for a space that cannot be searched, or not by this strategy.
        SplitError: when the table is not split.
    """
    asked, out = search or ArchitectureSettings(), Path(out)
    time = Budget(parse_seconds(asked.budget))
    check_folder(
        out, (out / TABLE).is_file, "search of architectures", resume=resume, overwrite=overwrite
    )
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    check_split(samples)
    for objective in asked.objectives:
        objectives.checked(objective, "network", "image_px")
    strategies.checked(asked.strategy, *GIVEN)
    with searching_alone(out):
        return _searched(samples, out, asked, engine or EngineSettings(), time, resume=resume)


def _searched(
    samples: SampleTable,
    out: Path,
    asked: ArchitectureSettings,
    engine: EngineSettings,
    time: Budget,
    *,
    resume: bool,
) -> Record:
    space, sha256 = open_space(asked.space, len(samples.classes), asked.images.image_px)
    say(f"space {space.name}: {space.n_architectures:,} networks, {len(space.dimensions)} choices")
    record = open_record(out, architecture_facts(samples, asked, space, sha256), resume=resume)
    stages = _stages(samples, asked, space, record)
    stages.check(engine)
    costs_of(stages, space.draw(np.random.default_rng(asked.seed)), asked.objectives)
    with running_engine(engine) as stages.engine:
        if not resume:
            begin_folder(record, out)
        best, chance = _scored(stages, asked, time)
    networks = {"best": export_network("best", space, asked, best, out)}
    if asked.strategy.name != "random_search":
        networks["by chance"] = export_network("by-chance", space, asked, chance, out)
    runs = retrain_as_runs(networks, samples, asked.seeds, out, time)
    show_architectures(stages, best, asked, runs, out)
    return record


def _scored(stages: Stages, asked: ArchitectureSettings, time: Budget) -> tuple[Scored, Scored]:
    """What the strategy and chance chose, after the ranks were looked at."""
    search_s = _SEARCH * time.total_s
    best, chance = stages.search(search_s), stages.by_chance()
    stages.rank(_RANKS * time.total_s, search_s)
    stages.retrain(asked.epochs, asked.seeds, _RETRAINED * time.total_s)
    return best, chance


def _stages(
    samples: SampleTable, asked: ArchitectureSettings, space: Space, record: Record
) -> Stages:
    task = open_task(samples, asked, space.n_classes)
    source = Source(json.dumps(dict(record.facts), sort_keys=True), samples, asked)
    drawn = draw_different(space, asked.ranked, asked.seed)
    return Stages(space, task, asked.strategy, record, asked.seed, drawn, source)
