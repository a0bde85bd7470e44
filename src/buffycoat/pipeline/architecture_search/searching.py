"""`buffycoat search architecture`: a network found in a space, and whether it was worth finding."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from buffycoat.errors import SplitError
from buffycoat.pipeline.architecture_search.asked import architecture_facts
from buffycoat.pipeline.architecture_search.exporting import export_front, export_network
from buffycoat.pipeline.architecture_search.finals import Final, epochs_fitting, retrain_as_runs
from buffycoat.pipeline.architecture_search.material import Source, open_task
from buffycoat.pipeline.architecture_search.outcome import show_architectures
from buffycoat.pipeline.architecture_search.pace import epoch_seconds
from buffycoat.pipeline.architecture_search.place import TABLE, begin_folder, open_record
from buffycoat.pipeline.architecture_search.record import FINAL, SEARCH, Record
from buffycoat.pipeline.architecture_search.scored import best_networks, costs_of
from buffycoat.pipeline.architecture_search.stages import RANDOM, Stages
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
from buffycoat.search.strategies.strategy import GIVEN, Scored, chosen
from buffycoat.tables.samples import SampleTable, read_samples
from buffycoat.training.settings import TrainSettings

__all__ = ["search_architecture"]

_SEARCHES, _RANKS, _RETRAINED = 0.5, 0.03, 0.14
"""Shares of the budget: the strategy and chance, half of it each where they are two; scores of
those drawn, whole and at a tenth each; their retraining. The rest, three tenths, is for the chosen
networks as runs."""


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
        SplitError: when the table is not split, or has no test rows.
    """
    asked, out = search or ArchitectureSettings(), Path(out)
    time = Budget(parse_seconds(asked.budget))
    check_folder(
        out, (out / TABLE).is_file, "search of architectures", resume=resume, overwrite=overwrite
    )
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    check_split(samples)
    _check_test_rows(samples)
    for objective in asked.objectives:
        objectives.checked(objective, "network", "image_px")
    strategies.checked(asked.strategy, *GIVEN)
    with searching_alone(out):
        return _searched(samples, out, asked, engine or EngineSettings(), time, resume=resume)


def _check_test_rows(samples: SampleTable) -> None:
    if "test" not in samples.usable["split"].to_list():
        said = "the table has no test rows, which the chosen network is held against chance on"
        raise SplitError(f"{said}: split it with a share for them (--test 0.2)")


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
        networks = _networks(stages, asked, time, out)
        best = networks["best"][0]
        stages.rank(best, _RANKS * time.total_s)
        stages.retrain(asked.epochs, asked.seeds, _RETRAINED * time.total_s)
    finals = {}
    for name, (one, told) in networks.items():
        epoch_s = epoch_seconds(record, asked.trial_epochs, one.architecture)
        finals[name] = Final(told, epoch_s or 1.0)  # where no trial tells, all take as long
    n_epochs = record.decided(
        FINAL, lambda: epochs_fitting(finals, samples, asked.seeds, time.left_s)
    )
    runs = retrain_as_runs(finals, samples, asked.seeds, n_epochs, out, time)
    networks_told = export_front(best_networks(stages, asked.objectives), space, asked, out)
    show_architectures(stages, best, asked, runs, networks_told, out)
    return record


def _networks(
    stages: Stages, asked: ArchitectureSettings, time: Budget, out: Path
) -> dict[str, tuple[Scored, TrainSettings]]:
    """What the strategy and what chance chose, written as files; with the settings of each."""
    space, best = stages.space, _searched_for(stages, asked, time, out)
    found = {"best": (best, export_network("best", space, asked, best, out))}
    if stages.chance != SEARCH:
        chance, by_chance = stages.by_chance(), replace(asked, strategy=RANDOM)
        told = export_network("by-chance", space, by_chance, chance, out)
        found["by chance"] = (chance, told)
    return found


def _searched_for(stages: Stages, asked: ArchitectureSettings, time: Budget, out: Path) -> Scored:
    """What the strategy chose; when it is interrupted, the best so far is written."""
    try:
        n_searches = 1 if stages.chance == SEARCH else 2
        return stages.search(_SEARCHES / n_searches * time.total_s)
    except KeyboardInterrupt:
        best = chosen(stages.record.of(SEARCH))
        if best:
            export_network("best", stages.space, asked, best, out)
            say(f"the best so far is {out / 'best.py'}; go on with --resume", "yellow")
        raise


def _stages(
    samples: SampleTable, asked: ArchitectureSettings, space: Space, record: Record
) -> Stages:
    task = open_task(samples, asked, space.n_classes)
    source = Source(json.dumps(dict(record.facts), sort_keys=True), samples, asked)
    drawn = draw_different(space, asked.ranked, asked.seed)
    return Stages(space, task, asked.strategy, record, asked.seed, drawn, source)
