"""What a sampler that learns would try next, failures counted as the worst."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, GPSampler, RandomSampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from buffycoat.errors import BuffycoatError
from buffycoat.search.settings.grid import EndlessRangeError
from buffycoat.search.settings.limits import MOST_FAILED

__all__ = ["propose", "try_out", "with_failures"]


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
    seen = with_failures(trials, direction)
    study.add_trials(_with_given_up(seen) if isinstance(sampler, GPSampler) else seen)
    trial = study.ask()
    with contextlib.suppress(BuffycoatError):  # settings that cannot be are told of when they are
        draw(trial)
    return dict(trial.params)


def try_out(
    sampler: BaseSampler, draw: Callable[[optuna.Trial], Mapping[str, Any]]
) -> dict[str, BaseDistribution]:
    """What is drawn from, by name, the first time that settings come out which can be.

    Raises:
        BuffycoatError: when none do, in as many trials as would end a search.
    """
    optuna.logging.set_verbosity(logging.ERROR)
    study = optuna.create_study(sampler=sampler)
    for n_left in reversed(range(MOST_FAILED)):
        trial = study.ask()
        try:
            draw(trial)
        except EndlessRangeError:
            raise
        except BuffycoatError:
            if not n_left:
                raise
            study.sampler = RandomSampler(seed=n_left)  # a grid would draw the same again
        else:
            break
    return dict(trial.distributions)


def with_failures(trials: Sequence[FrozenTrial], direction: StudyDirection) -> list[FrozenTrial]:
    """The trials that ended or run, those that failed with the worst value of any.

    What ended with its process, or with the time of the search, says nothing of its settings.
    """
    values = [t.value for t in trials if t.state is TrialState.COMPLETE and t.value is not None]
    worst = (max if direction is StudyDirection.MINIMIZE else min)(values, default=None)
    seen = []
    for trial in trials:
        outcome = trial.user_attrs.get("outcome", {"is_cut": True})
        has_failed = trial.state is TrialState.FAIL and not outcome.get("is_cut")
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING):
            seen.append(trial)
        elif has_failed and worst is not None and trial.params:
            params, ranges = dict(trial.params), dict(trial.distributions)
            seen.append(create_trial(value=worst, params=params, distributions=ranges))
    return seen


def _with_given_up(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Trials with the figure at which they were given up: Optuna's process passes over them."""
    return [
        create_trial(value=t.value, params=dict(t.params), distributions=dict(t.distributions))
        if t.state is TrialState.PRUNED and t.value is not None
        else t
        for t in trials
    ]
