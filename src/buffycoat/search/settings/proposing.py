"""What a sampler that learns would try next, failures counted as the worst."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import optuna
from optuna.samplers import BaseSampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from buffycoat.errors import BuffycoatError

__all__ = ["propose", "with_failures"]


def propose(
    sampler: BaseSampler,
    trials: Sequence[FrozenTrial],
    direction: StudyDirection,
    draw: Callable[[optuna.Trial], Mapping[str, Any]],
) -> dict[str, Any]:
    """What the next trial is to draw, by name.

    Optuna's samplers pass over trials that failed, and so propose them again and again where they
    look good: settings for which the memory is too small, for instance.

    Args:
        sampler: One that keeps nothing from one trial to the next.
        trials: Of the study so far.
        direction: Whether a high value is good.
        draw: From a trial to its settings.
    """
    study = optuna.create_study(sampler=sampler, direction=direction)
    study.add_trials(with_failures(trials, direction))
    trial = study.ask()
    with contextlib.suppress(BuffycoatError):  # settings that cannot be are told of when they are
        draw(trial)
    return dict(trial.params)


def with_failures(trials: Sequence[FrozenTrial], direction: StudyDirection) -> list[FrozenTrial]:
    """The trials that ended or run, those that failed with the worst value of any."""
    values = [t.value for t in trials if t.state is TrialState.COMPLETE and t.value is not None]
    worst = (max if direction is StudyDirection.MINIMIZE else min)(values, default=None)
    seen = []
    for trial in trials:
        has_failed = trial.state is TrialState.FAIL and "outcome" in trial.user_attrs
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING):
            seen.append(trial)
        elif has_failed and worst is not None and trial.params:
            params, ranges = dict(trial.params), dict(trial.distributions)
            seen.append(create_trial(value=worst, params=params, distributions=ranges))
    return seen
