"""The end of a search of settings: the best as a recipe, trained again, and all of it as a page."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial

from buffycoat.errors import RunError
from buffycoat.evaluation.pairing import Contender
from buffycoat.evaluation.standings import Standings, rank_contenders
from buffycoat.pipeline.console import say
from buffycoat.pipeline.given import beside
from buffycoat.pipeline.settings_search.place import PAGE, RECIPE
from buffycoat.pipeline.settings_search.request import Request
from buffycoat.pipeline.settings_search.trial_table import ranked_trials
from buffycoat.pipeline.trials.answers import answers_of
from buffycoat.pipeline.trials.trial import train_trial, write_page
from buffycoat.plugin_files import loaded_plugins
from buffycoat.report.numbers import interval, percent
from buffycoat.report.search_page import SearchResult, build_search_page
from buffycoat.runs import open_run
from buffycoat.search.settings.importance import importances
from buffycoat.search.settings.patience import Patience
from buffycoat.search.settings.search import SPENT
from buffycoat.tables.files import replacing
from buffycoat.tables.predictions import PredictionTable
from buffycoat.tables.trials import TrialTable
from buffycoat.training.recipe import from_dict, to_toml
from buffycoat.training.settings import TrainSettings

__all__ = ["show_search"]

_SHOWN = 20
"""Trials whose validation figures get intervals, the best of them."""


def show_search(request: Request, study: optuna.Study, table: TrialTable) -> None:
    """Write the best trial's recipe and the page, and say what was found.

    Raises:
        RunError: when a run was altered, or every training with another seed failed.
    """
    patient = Patience(say=partial(say, style="yellow"))
    trials = patient(lambda: study.get_trials(deepcopy=False))
    shares = patient(lambda: importances(study, seed=request.base.seed))
    spent_s = patient(lambda: float(study.user_attrs.get(SPENT, 0.0)))
    ranked = ranked_trials(trials, request.search.direction)
    if not ranked:
        raise RunError("no trial finished: there is no best one")
    best = ranked[0]
    settings = from_dict(TrainSettings(), best.user_attrs["settings"], "best trial")
    recipe = _write_recipe(request, best, settings)
    runs = _retrained(request, best, settings)
    validation = _validation(request, ranked)
    test = _tested(request, runs or [_run_of(best)])
    command = _command(request, recipe)
    result = SearchResult(
        best.number + 1,
        validation,
        test,
        len(runs),
        shares,
        command,
        spent_s,
    )
    page = build_search_page(request.out / PAGE, name=request.name, trials=table, result=result)
    _say_result(request, best, result)
    say(f"recipe: {recipe}; train it: {command}")
    say(f"page: {page}")


def _run_of(trial: FrozenTrial) -> str:
    return str(trial.user_attrs["run"])


def _write_recipe(request: Request, best: FrozenTrial, settings: TrainSettings) -> Path:
    search = request.search
    said = f"{search.score} {best.value:.4f} on validation rows"
    title = f"trial {best.number + 1} of search {request.name}: {said}, seed {settings.seed}"
    with replacing(request.out / RECIPE) as beside:
        beside.write_text(to_toml(settings, " ".join(title.split())), encoding="utf-8")
    return request.out / RECIPE


def _retrained(request: Request, best: FrozenTrial, settings: TrainSettings) -> list[str]:
    """The runs of the best settings with other seeds; those that were made before are kept."""
    n = request.search.retrain_seeds
    runs = []
    for seed in range(settings.seed + 1, settings.seed + 1 + n):
        run = f"{_run_of(best)}-seed-{seed}"
        say(f"the best settings with seed {seed}", "bold")
        outcome = train_trial(request.task, replace(settings, seed=seed), request.out / run)
        if outcome["status"] == "finished":
            runs.append(run)
        else:
            say(f"seed {seed} failed: {outcome['reason']}", "yellow")
    if n and not runs:
        raise RunError("the best settings could not be trained with any other seed")
    return runs


def _validation(request: Request, ranked: Sequence[FrozenTrial]) -> Standings:
    """The best trials whose runs are here; those of another machine are not."""
    here = (trial for trial in ranked if _is_here(request, _run_of(trial)))
    contenders = [
        Contender(f"trial {trial.number + 1}", (_answers(request, _run_of(trial), "validation"),))
        for trial in islice(here, _SHOWN)
    ]
    if not contenders:
        raise RunError(f"{request.out} has none of the runs: go on where they were made")
    return rank_contenders(contenders, "validation")


def _is_here(request: Request, run: str) -> bool:
    """Whether a run was made here to its end; what was lost may have been finished elsewhere."""
    place = request.out / run
    return (place / "run.json").is_file() and open_run(place, finished=False).is_finished


def _answers(request: Request, run: str, split: str) -> PredictionTable:
    return answers_of(open_run(request.out / run), split)


def _tested(request: Request, runs: Sequence[str]) -> Standings | None:
    """The test figure of the best settings alone, whose reports are written too."""
    if not all(_is_here(request, run) for run in runs):
        say("the best trial's run is on another machine: no test figure is shown", "yellow")
        return None
    tables = tuple(_answers(request, run, "test") for run in runs)
    if not all(len(table.frame) for table in tables):
        return None
    for run in runs:
        write_page(open_run(request.out / run), "test")
    return rank_contenders([Contender("the best settings", tables)], "test")


def _command(request: Request, recipe: Path) -> str:
    """What trains the best settings again."""
    samples = next(iter(sorted(request.out.glob("trial-*/samples.parquet"))), None)
    table = str(samples) if samples else "TABLE"
    plugins = [word for p in loaded_plugins() for word in ("--plugin", str(p.path))]
    folds = ["--all-folds"] if request.task.all_folds else []
    place = ["--out", str(beside(request.out, "best"))]
    return shlex.join(
        ["buffycoat", "train", table, "--recipe", str(recipe), *plugins, *folds, *place]
    )


def _say_result(request: Request, best: FrozenTrial, result: SearchResult) -> None:
    said = ", ".join(f"{name} = {value}" for name, value in best.params.items())
    score = request.search.score.replace("_", " ")
    say(f"best by validation: trial {result.best}, {score} {best.value:.4f}: {said}", "bold")
    if result.test:
        row = result.test.rows[0]
        over = f", mean of {result.n_retrained} seeds" if result.n_retrained else ""
        say(f"test accuracy: {percent(row.accuracy.value)} ({interval(row.accuracy)}){over}")
