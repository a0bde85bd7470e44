"""`buffycoat train`: from a split table to a run folder."""

from __future__ import annotations

from pathlib import Path

from buffycoat.errors import SettingError
from buffycoat.pipeline.budget import Budget, parse_seconds
from buffycoat.pipeline.console import say
from buffycoat.pipeline.evaluating import evaluate
from buffycoat.pipeline.fitting import fit_run
from buffycoat.pipeline.folds import train_folds
from buffycoat.pipeline.loading import announce_model_file, train_settings
from buffycoat.pipeline.plugging import borrowed_plugins
from buffycoat.pipeline.refusing import check_training
from buffycoat.pipeline.starting import start_run
from buffycoat.runs import Run, check_free, open_run
from buffycoat.tables.samples import SampleTable, read_samples
from buffycoat.training.records import PhaseRecord
from buffycoat.training.settings import TrainSettings

__all__ = ["train"]


def train(
    table: Path | SampleTable,
    /,
    *,
    out: Path,
    settings: TrainSettings | None = None,
    like: Path | None = None,
    budget: str | None = None,
    all_folds: bool = False,
    resume: bool = False,
    overwrite: bool = False,
) -> Run:
    """Train a network on a split table and answer its validation and test rows.

    Args:
        table: A split table.
        out: The run folder.
        settings: How to train.
        like: A run whose settings, and steps where they fit, are repeated.
        budget: Time for the whole command, such as 20m: as many epochs as fit are made.
        all_folds: Train once for each fold and put the answers together, out of fold.
        resume: Go on with an interrupted run in `out`, after its last whole epoch.
        overwrite: Replace a run that is in `out`.

    Raises:
        RunError: when `out` holds a run already, or cannot be resumed.
        SettingError: for settings that cannot be.
        SplitError: when the table is not split.
    """
    out = Path(out)
    time = Budget(parse_seconds(budget)) if budget else None
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    settings, repeat = _like(like, settings) if like else (settings or TrainSettings(), ())
    if not resume:
        check_free(out, overwrite=overwrite)
    begun = out if resume else None
    with borrowed_plugins(begun, finished=False), borrowed_plugins(like):
        if all_folds:
            run = train_folds(
                samples, settings, out, budget=time, resume=resume, overwrite=overwrite
            )
        else:
            check_training(samples, settings)
            run = start_run(samples, settings, out, resume=resume, overwrite=overwrite)
            run = fit_run(run, samples, settings, budget=time, repeat=repeat)
    _evaluate(run, samples, all_folds=all_folds)
    say(f"run folder: {run.path}")
    return run


def _evaluate(run: Run, samples: SampleTable, *, all_folds: bool) -> None:
    """Write the report, of the validation rows where the split has no test."""
    if all_folds or "test" in samples.usable["split"]:
        evaluate(run.path)
        return
    say("note: the split has no test: the figures are of the rows that chose the epoch", "yellow")
    evaluate(run.path, split="validation")


def _like(
    like: Path, settings: TrainSettings | None
) -> tuple[TrainSettings, tuple[PhaseRecord, ...]]:
    """The settings of a run and its steps, which are kept when nothing that counts them changed."""
    run = open_run(like)
    if "steps" not in run.facts:
        raise SettingError(f"{like} holds several folds: name one of them, such as {like}/fold-0")
    before = train_settings(run)
    if settings is None:  # the command line has said it already
        announce_model_file(run)
    settings = settings or before
    counted = ("epochs", "head_epochs", "classifier_epochs", "batch_size", "patience")
    if any(getattr(settings.learning, n) != getattr(before.learning, n) for n in counted):
        return settings, ()
    return settings, tuple(PhaseRecord(**step) for step in run.facts["steps"])
