"""One trial of a search of settings: trained, watched by the epoch, and scored."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from buffycoat.errors import RunError
from buffycoat.pipeline.console import quietly
from buffycoat.pipeline.folds import fold_numbers
from buffycoat.pipeline.settings_search.scoring import Rows, by_fold, figure_so_far, score_of
from buffycoat.pipeline.trials.trial import TrialTask, train_trial
from buffycoat.runs import open_run
from buffycoat.search.engine.engine import Report
from buffycoat.search.settings.search_settings import Score
from buffycoat.training.recipe import from_dict
from buffycoat.training.records import StoppedEarlyError
from buffycoat.training.settings import LearningSettings, TrainSettings

__all__ = ["Watch", "make_candidate"]


def make_candidate(
    task: TrialTask,
    given: Mapping[str, Any],
    place: Path,
    score: Score,
    deadline: float | None,
    *,
    report: Report,
) -> dict[str, Any]:
    """What the study keeps of a trial: `status`, `reason`, `score` and the trial table's figures.

    Args:
        task: What all trials share.
        given: The settings as plain values.
        place: The run folder; that of a trial which was interrupted is gone on with.
        score: What it is scored by.
        deadline: When the search is over, in the seconds of `time.time`; None without a budget.
        report: Is told the figure after each epoch, and says whether to give up.
    """
    began = time.monotonic()
    if _is_anothers(place, given):
        said = f"{place} holds a run with other settings: remove it, or choose another --out"
        return {"status": "failed", "reason": said}
    try:
        settings = from_dict(TrainSettings(), given, "trial")
        n_folds = len(fold_numbers(task.samples)) if task.all_folds else 1
        watch = Watch(score, settings.learning, report, deadline, n_folds)
        with quietly():
            outcome = train_trial(task, settings, place, watch)
        if outcome["status"] == "finished":
            outcome["score"] = score_of(_history(place), settings.learning.monitor, score)
    except StoppedEarlyError as stopped:
        if isinstance(error := stopped.__cause__, Exception):
            raise error from None  # none of the trial's, whose run is gone on with
        outcome = dict(stopped.args[1])
    if outcome["status"] != "finished":
        if (place / "run.json").is_file():
            shutil.rmtree(place, ignore_errors=True)
        outcome["elapsed_s"] = round(time.monotonic() - began, 3)
    return outcome


def _is_anothers(place: Path, given: Mapping[str, Any]) -> bool:
    """Whether a run is there that was not begun by this trial."""
    if not (place / "run.json").is_file():
        return False
    try:
        facts = open_run(place, finished=False).facts
    except RunError:  # damaged: the training says so
        return False
    return bool(facts.get("asked", {}).get("settings") != given)


@dataclass
class Watch:
    """Is called after each epoch: reports its figure, and ends a trial that is given up."""

    score: Score
    learning: LearningSettings
    report: Report
    deadline: float | None = None
    """When the search is over, in the seconds of `time.time`."""
    n_folds: int = 1
    """Trainings that a trial is made of."""
    _n_told: int = 0

    def __call__(self, rows: Rows) -> None:
        """Tell of the epochs that were not told of.

        Raises:
            StoppedEarlyError: when the trial is given up, or its next epoch would end too late;
                caused by another error where the search itself ended.
        """
        for n in range(self._n_told + 1, len(rows) + 1):
            self._n_told = n
            if self._is_given_up(rows[:n]) and not self._is_last(rows[:n]):
                said = f"others were better after epoch {n}"
                raise StoppedEarlyError(said, _stopped("pruned", said, n))
        if self.deadline and time.time() + float(rows[-1]["elapsed_s"]) > self.deadline:
            if self._is_last(rows):
                return
            said = f"the budget ended after epoch {len(rows)}"
            stopped = {**_stopped("failed", said, len(rows)), "is_cut": True}
            raise StoppedEarlyError(said, stopped)

    def _is_given_up(self, rows: Rows) -> bool:
        figure = figure_so_far(rows, self.learning.monitor, self.score)
        try:
            return self.report(len(rows), figure)
        except Exception as error:
            raise StoppedEarlyError("the search ended") from error

    def _is_last(self, rows: Rows) -> bool:
        """Whether the phase that ends the training, that of the last fold, made all its epochs."""
        learning, phase = self.learning, rows[-1]["phase"]
        last = "classifier" if learning.classifier_epochs else "all" if learning.epochs else "head"
        planned = {"classifier": learning.classifier_epochs, "all": learning.epochs}
        is_whole = int(rows[-1]["epoch"]) >= planned.get(phase, learning.head_epochs)
        return bool(phase == last) and is_whole and len(by_fold(rows)) == self.n_folds


def _stopped(status: str, reason: str, n_epochs: int) -> dict[str, Any]:
    return {"status": status, "reason": reason, "n_epochs": n_epochs}


def _history(place: Path) -> Rows:
    parts = sorted(place.glob("fold-*/history.csv"))
    if not parts:
        return pl.read_csv(place / "history.csv").to_dicts()
    return [
        {**row, "fold": part.parent.name} for part in parts for row in pl.read_csv(part).to_dicts()
    ]
