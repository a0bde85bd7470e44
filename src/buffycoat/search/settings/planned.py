"""The trials of a study: which count, which were lost, and what is tried again.

Beside Optuna's own columns a trial has `settings` once they are drawn, `run` (its folder), `owner`
(who makes it), `outcome` once it ended, and `again_of` where it repeats one that was lost. So one
that failed without an outcome was lost with its process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

__all__ = [
    "counted_trials",
    "is_lost",
    "lose",
    "planned_trials",
    "reconcile",
    "slowest_s",
    "tell",
]


def planned_trials(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """The trials whose settings were drawn to the end; a kill can leave others."""
    return [trial for trial in trials if "settings" in trial.user_attrs]


def is_lost(trial: FrozenTrial) -> bool:
    """Whether it ended because its process or machine did."""
    return trial.state is TrialState.FAIL and "outcome" not in trial.user_attrs


def counted_trials(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """The trials that count: one that was lost and is tried again does so once."""
    again = {trial.user_attrs.get("again_of") for trial in trials}
    known = [t for t in trials if "settings" in t.user_attrs or "again_of" in t.user_attrs]
    return [trial for trial in known if trial.number not in again]


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
        is_ours = owner is None or trial.user_attrs.get("owner") == owner
        if trial.state is not TrialState.RUNNING or not is_ours:
            continue
        if outcome := trial.user_attrs.get("outcome"):
            tell(study, trial.number, outcome)
        else:
            n_again += lose(study, trial.number)
    return n_again


def lose(study: optuna.Study, number: int) -> bool:
    """Mark a trial as failed; whether its settings are tried again, which they are once.

    The new trial comes before all that is drawn, and goes on with the old one's run.
    """
    trials = study.get_trials(deepcopy=False)
    trial = trials[number]
    is_known = "settings" in trial.user_attrs and "again_of" not in trial.user_attrs
    is_queued = any(other.user_attrs.get("again_of") == number for other in trials)
    if is_known and not is_queued:
        kept = {"again_of": number, "run": trial.user_attrs["run"]}
        study.enqueue_trial(dict(trial.params), user_attrs=kept)
    study.tell(number, state=TrialState.FAIL, skip_if_finished=True)
    return is_known


def tell(study: optuna.Study, number: int, outcome: Mapping[str, Any]) -> None:
    """Finish a trial in the study, if it is not; this can be called twice."""
    if outcome["status"] == "finished":
        study.tell(number, float(outcome["score"]), skip_if_finished=True)
        return
    state = TrialState.PRUNED if outcome["status"] == "pruned" else TrialState.FAIL
    study.tell(number, state=state, skip_if_finished=True)
