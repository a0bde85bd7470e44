"""One trial of a sweep: a run made as `train` makes it, and what the trial table keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from buffycoat.errors import BuffycoatError, named_line
from buffycoat.evaluation.scores import overall_scores
from buffycoat.evaluation.selection import as_answers
from buffycoat.pipeline.budget import Budget
from buffycoat.pipeline.console import quietly
from buffycoat.pipeline.costs import run_costs, seconds_spent
from buffycoat.pipeline.evaluating import evaluate
from buffycoat.pipeline.fitting import fit_run
from buffycoat.pipeline.folds import train_folds
from buffycoat.pipeline.starting import start_run
from buffycoat.pipeline.trials.answers import answers_of
from buffycoat.runs import Run, open_run
from buffycoat.tables.samples import SampleTable
from buffycoat.training.records import OnEpoch, StoppedEarlyError
from buffycoat.training.settings import TrainSettings

__all__ = ["TrialTask", "train_trial", "write_page"]

_FIGURES = ("accuracy", "balanced_accuracy", "macro_f1", "log_loss")


@dataclass(frozen=True)
class TrialTask:
    """What all trials of a sweep share."""

    samples: SampleTable
    """The split table."""
    budget_s: float | None = None
    """Seconds for one trial."""
    all_folds: bool = False
    """Train once for each fold."""
    writes_page: bool = True
    """Write each run's own report, where there is one run to a trial."""


def train_trial(
    task: TrialTask, settings: TrainSettings, place: Path, on_epoch: OnEpoch | None = None
) -> dict[str, Any]:
    """What the trial table says of a trial after it was made, or of why it could not be.

    An interrupted run in `place` is gone on with; a finished one is kept. Whatever goes wrong
    within a training is its reason; an interruption by the user passes through.

    Raises:
        StoppedEarlyError: when `on_epoch` does.
    """
    try:
        run = _trained(task, settings, place, on_epoch)
        if task.writes_page and not task.all_folds:
            write_page(run, "validation")
        return {"status": "finished", "reason": None, **_outcome(run)}
    except BuffycoatError as error:
        return {"status": "failed", "reason": str(error)}
    except StoppedEarlyError:
        raise
    except Exception as error:  # the other trials may still do well
        return {"status": "failed", "reason": named_line(error)}


def _trained(
    task: TrialTask, settings: TrainSettings, place: Path, on_epoch: OnEpoch | None
) -> Run:
    begun = (place / "run.json").is_file()
    if begun and (run := open_run(place, finished=False)).is_finished:
        return run
    # What an interrupted trial has spent is spent: it gets no more time than the others.
    time = None if task.budget_s is None else Budget(task.budget_s - seconds_spent(place))
    if task.all_folds:
        return train_folds(
            task.samples, settings, place, budget=time, resume=begun, on_epoch=on_epoch
        )
    run = start_run(task.samples, settings, place, resume=begun)
    return fit_run(run, task.samples, settings, budget=time, on_epoch=on_epoch)


def write_page(run: Run, split: Literal["validation", "test"]) -> None:
    """Write a run's own report on the rows of one split, without printing its figures."""
    with quietly():
        evaluate(run.path, split=split)


def _outcome(run: Run) -> dict[str, Any]:
    answers, costs = answers_of(run, "validation"), run_costs(run)
    scores = overall_scores(as_answers(answers.frame, answers))
    return {
        **{f"validation_{name}": scores.get(name) for name in _FIGURES},
        "elapsed_s": costs.training_s,
        "n_epochs": costs.n_epochs,
        "epoch_s": costs.epoch_s,
        "n_parameters": costs.n_parameters,
        "multiply_adds": costs.multiply_adds,
    }
