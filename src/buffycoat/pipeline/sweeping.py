"""`buffycoat sweep`: every combination of settings as a run, and all of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from buffycoat.errors import RunError
from buffycoat.pipeline.budget import parse_seconds
from buffycoat.pipeline.console import say
from buffycoat.pipeline.folder_of_trials import check_folder
from buffycoat.pipeline.trials.asked import sweep_facts
from buffycoat.pipeline.trials.folder import TABLE, begin_sweep, holds_sweep
from buffycoat.pipeline.trials.plan import check_combinations, plan_trials
from buffycoat.pipeline.trials.results import show_results
from buffycoat.pipeline.trials.trial import TrialTask, train_trial
from buffycoat.tables.samples import SampleTable, read_samples
from buffycoat.tables.trials import TrialTable, write_trials
from buffycoat.training.combination import Combination, combine
from buffycoat.training.settings import TrainSettings
from buffycoat.training.variation import parse_variations

__all__ = ["sweep"]


def sweep(
    table: Path | SampleTable,
    /,
    *,
    vary: tuple[str, ...],
    out: Path,
    settings: TrainSettings | None = None,
    budget: str | None = None,
    all_folds: bool = False,
    test: Literal["best", "all"] = "best",
    resume: bool = False,
    overwrite: bool = False,
) -> TrialTable:
    """Train every combination of the varied settings, each as a run of its own, and compare them.

    Settings are ranked by their validation rows, averaged over seeds. A trial that fails keeps its
    reason in `trials.parquet`, and the others go on.

    Args:
        table: A split table.
        vary: A setting and its values, such as `model=a,b` or `seed=0,1,2`; may be repeated.
        out: The folder of the sweep, with a run folder for each trial.
        settings: How to train where nothing is varied.
        budget: Time for each trial, such as 5m: as many epochs as fit are made.
        all_folds: Train each trial once for each fold.
        test: Show test figures of the best setting by validation alone, or of all.
        resume: Go on with an interrupted sweep in `out`; finished runs are kept.
        overwrite: Replace a sweep that is in `out`.

    Raises:
        RunError: when `out` holds something already or cannot be resumed, or every trial failed.
        SettingError: for a setting, a value or a combination that cannot be.
        SplitError: when the table is not split.
    """
    out = Path(out)
    check_folder(out, lambda: holds_sweep(out), "sweep", resume=resume, overwrite=overwrite)
    base = settings or TrainSettings()
    variations = parse_variations(vary, base)
    combinations = combine(base, variations)
    budget_s = parse_seconds(budget) if budget else None
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    check_combinations(samples, combinations, all_folds=all_folds)
    task = TrialTask(samples, budget_s, all_folds)
    planned = plan_trials(combinations, sweep_facts(task, base, variations, combinations))
    trials = begin_sweep(out, planned, resume=resume)
    trials = _trained(out, trials, combinations, task)
    show_results(out, trials, test)
    return trials


def _trained(
    out: Path, trials: TrialTable, combinations: Sequence[Combination], task: TrialTask
) -> TrialTable:
    """The table after every trial that waited was made; it is written after each."""
    rows = trials.frame.select("trial_id", "run", "status").rows()
    for (trial_id, run, status), combination in zip(rows, combinations, strict=True):
        if status != "waiting":
            continue
        say(f"trial {trial_id} of {len(rows)}: {run}", "bold")
        try:
            outcome = train_trial(task, combination.settings, out / run)
        except KeyboardInterrupt:
            say(f"{out} goes on with the same command and --resume", "yellow")
            raise
        if outcome["status"] == "failed":
            say(f"trial {trial_id} failed: {outcome['reason']}", "yellow")
        trials = trials.with_row(trial_id, **outcome)
        write_trials(trials, out / TABLE)
    if "finished" not in trials.frame["status"]:
        raise RunError(f"every trial failed, the first as {trials.frame['reason'][0]}")
    return trials
