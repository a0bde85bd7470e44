"""The trials of a study: which count, which were lost, and what is tried again.

Beside Optuna's own columns a trial has `settings` once they are drawn, `run` (its folder), `owner`
(who makes it), `index` (what its draws depend on), `outcome` once it ended, `again_of` where it
repeats one that was lost, and `dropped` where another command was quicker. So one that failed
without an outcome was lost with its process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

__all__ = [
    "counted_trials",
    "is_lost",
    "lose",
    "next_index",
    "planned_trials",
    "reconcile",
    "slowest_s",
    "tell",
]


_NAMELESS_S = 3600
"""Seconds after which a trial that nobody is named for is nobody's: naming takes none."""


def planned_trials(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """The trials that were drawn to the end, once each; a kill can leave others."""
    kept = [t for t in trials if "settings" in t.user_attrs and "dropped" not in t.user_attrs]
    return [trial for trial in kept if "again_of" not in trial.user_attrs]


def next_index(trials: Sequence[FrozenTrial]) -> int:
    """What the draws of the next trial depend on: one more than any planned one's."""
    planned = planned_trials(trials)
    return max((int(t.user_attrs.get("index", i)) + 1 for i, t in enumerate(planned)), default=0)


def is_lost(trial: FrozenTrial) -> bool:
    """Whether it ended because its process or machine did."""
    marks = ("outcome", "dropped")
    return trial.state is TrialState.FAIL and not any(mark in trial.user_attrs for mark in marks)


def counted_trials(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """The trials that count: one that was lost and is tried again does so once."""
    again = {trial.user_attrs.get("again_of") for trial in trials}
    repeated = [trial for trial in trials if "again_of" in trial.user_attrs]
    numbers = {trial.number for trial in (*planned_trials(trials), *repeated)} - again
    return [trial for trial in trials if trial.number in numbers]


def slowest_s(trials: Sequence[FrozenTrial]) -> float | None:
    """Seconds of the slowest trial so far that was made to its end; None where there is none."""
    times = [
        float(trial.user_attrs["outcome"]["wall_s"])
        for trial in trials
        if trial.state is TrialState.COMPLETE
    ]
    return max(times, default=None)


def reconcile(study: optuna.Study, owner: str | None) -> int:
    """Put in order what a process left that ended in mid-search; how many are tried again.

    Args:
        study: The study.
        owner: Whose trials are meant, whose process is gone; None for all.
    """
    n_again = 0
    for trial in study.get_trials(deepcopy=False):
        is_ours = owner in (None, trial.user_attrs.get("owner")) or _is_nobodys(trial)
        if trial.state is not TrialState.RUNNING or not is_ours:
            continue
        if outcome := trial.user_attrs.get("outcome"):
            tell(study, trial.number, outcome)
        else:
            n_again += lose(study, trial.number)
    return n_again


def _is_nobodys(trial: FrozenTrial) -> bool:
    """Whether its process ended, or its storage went away, before it said whose the trial is."""
    begun = trial.datetime_start  # local time without a zone, as Optuna writes it
    is_old = begun is not None and datetime.now() - begun > timedelta(seconds=_NAMELESS_S)
    return is_old and "owner" not in trial.user_attrs


def lose(study: optuna.Study, number: int) -> bool:
    """Mark a trial as failed; whether its settings are tried again, which they are once.

    The new trial comes before all that is drawn, and goes on with the old one's run.
    """
    trials = study.get_trials(deepcopy=False)
    trial = trials[number]
    is_again = _can_be_repeated(trial)
    is_queued = any(other.user_attrs.get("again_of") == number for other in trials)
    if is_again and not is_queued:
        same = ("run", "index")
        kept = {name: trial.user_attrs[name] for name in same if name in trial.user_attrs}
        kept["again_of"] = number
        is_drawn = "settings" in trial.user_attrs
        fixed = trial.params if is_drawn else trial.system_attrs["fixed_params"]
        study.enqueue_trial(dict(fixed), user_attrs=kept)
    study.tell(number, state=TrialState.FAIL, skip_if_finished=True)
    return is_again


def _can_be_repeated(trial: FrozenTrial) -> bool:
    """Whether it is tried again when it is lost: once, and a second trial that never began."""
    return "dropped" not in trial.user_attrs and (
        ("settings" in trial.user_attrs) != ("again_of" in trial.user_attrs)
    )


def tell(study: optuna.Study, number: int, outcome: Mapping[str, Any]) -> None:
    """Finish a trial in the study, if it is not; this can be called twice."""
    if outcome["status"] == "finished":
        study.tell(number, float(outcome["score"]), skip_if_finished=True)
        return
    state = TrialState.PRUNED if outcome["status"] == "pruned" else TrialState.FAIL
    study.tell(number, state=state, skip_if_finished=True)
