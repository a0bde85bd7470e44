"""A search of settings from its first trial, or the next one, to its last."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import optuna

from buffycoat.errors import RunError
from buffycoat.pipeline.budget import parse_seconds
from buffycoat.pipeline.console import say
from buffycoat.pipeline.settings_search.asked import ASKED, own_models
from buffycoat.pipeline.settings_search.candidate import make_candidate
from buffycoat.pipeline.settings_search.place import TABLE
from buffycoat.pipeline.settings_search.request import Request
from buffycoat.pipeline.settings_search.trial_table import trial_table
from buffycoat.search.engine.engine import Engine, Job
from buffycoat.search.settings.limits import Limits
from buffycoat.search.settings.patience import Patience
from buffycoat.search.settings.planned import reconcile
from buffycoat.search.settings.pruners import build_pruner
from buffycoat.search.settings.search import SPENT, Search
from buffycoat.search.settings.study import open_study
from buffycoat.tables.trials import TrialTable, write_trials

__all__ = ["begin_study", "make_trials"]


def begin_study(request: Request) -> optuna.Study:
    """The study, with its pruner, and what a dead process left put in order.

    Raises:
        RunError: when it cannot be opened, or is of another request.
    """
    direction = request.search.direction
    study = open_study(request.url, request.name, request.facts, direction=direction, said=ASKED)
    study.pruner = build_pruner(request.search.pruner, request.n_epochs)
    if n := reconcile(study, request.owner if request.storage else None):
        said = "a trial was interrupted: its" if n == 1 else f"{n} trials were interrupted: their"
        say(f"{said} settings are tried again", "yellow")
    return study


def make_trials(request: Request, study: optuna.Study, engine: Engine) -> TrialTable:
    """The table after all trials were made; it is written after each.

    Raises:
        RunError: when none finished, or the storage stays away.
    """
    limits = _limits(request, study)
    patient = Patience(say=partial(say, style="yellow"))
    search = Search(
        study,
        request.draw,
        partial(_job, request, limits),
        engine,
        limits,
        request.search.sampler,
        seed=request.base.seed,
        owner=request.owner,
        patient=patient,
        say=say,
        after=partial(_write, request, study, patient),
    )
    _write(request, study, patient)  # the folder is known by its table, also after a kill
    try:
        search.run()
    except KeyboardInterrupt:
        say(f"{request.out} goes on with the same command and --resume", "yellow")
        raise
    return _finished(_write(request, study, patient), limits)


def _limits(request: Request, study: optuna.Study) -> Limits:
    asked = request.search
    budget_s = parse_seconds(asked.budget) if asked.budget else None
    return Limits(asked.trials, budget_s, float(study.user_attrs.get(SPENT, 0.0)))


def _job(
    request: Request, limits: Limits, number: int, settings: Mapping[str, Any], run: str
) -> Job:
    if own_models(request.base, request.ranges) != request.facts["model_files"]:
        said = "a model's file was edited since the search began"
        raise RunError(f"{said}: put it back and --resume, or begin another search")
    deadline = None if limits.left_s is None else time.time() + limits.left_s
    given = (request.task, settings, request.out / run, request.search.score, deadline)
    return Job(number, make_candidate, given)


def _write(request: Request, study: optuna.Study, patient: Patience) -> TrialTable:
    trials = patient(lambda: study.get_trials(deepcopy=False))
    table = trial_table(trials, request.facts)
    write_trials(table, request.out / TABLE)
    return table


def _finished(table: TrialTable, limits: Limits) -> TrialTable:
    """The table, when a trial of it finished."""
    frame = table.frame
    if "finished" in frame["status"]:
        return table
    reasons = frame["reason"].drop_nulls()
    if not len(frame):
        raise RunError("the budget was spent before the first trial: give a longer --budget")
    if not len(reasons):
        ways = "go on with --resume, with a longer --budget where it was spent"
        raise RunError(f"no trial is over yet, here or elsewhere: {ways}")
    if limits.left_s is not None and "the budget ended" in reasons[0]:
        ways = "give a longer --budget, or fewer --epochs"
        raise RunError(f"the budget is too small for one trial ({reasons[0]}): {ways}")
    raise RunError(f"every trial failed, the first as {reasons[0]}")
