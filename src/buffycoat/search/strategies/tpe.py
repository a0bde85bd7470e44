"""Tree-structured Parzen estimators, by Optuna, over the choices that are active."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from buffycoat.search.space.dimension import Architecture, Dimension
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.drawing import generator, unseen_of
from buffycoat.search.strategies.settling import check_patience, is_settled
from buffycoat.search.strategies.strategy import Scored, SearchTask, strategies
from buffycoat.search.strategies.trials import Here, Propose, run_trials
from buffycoat.training.seeds import seed_of

if TYPE_CHECKING:
    import optuna

__all__ = ["propose_likely", "tpe"]

_TRIES = 8  # each takes milliseconds, and one that is sure of itself asks for the same again


@strategies.register
def tpe(
    space: Space,
    task: SearchTask,
    *,
    seed: int,
    budget: SearchBudget,
    past: Sequence[Scored] = (),
    n_startup: int = 5,
    patience: int = 100,
) -> Iterator[Scored]:
    """Architectures that are likelier among the good ones so far than among the others.

    One that was scored before is not tried again; another is drawn instead.

    Args:
        space: Where the architectures are from.
        task: What trains and scores.
        seed: What the draws and the trainings depend on.
        budget: How long; without a limit, until the space is through.
        past: What an earlier part of the same search scored.
        n_startup: Architectures that are drawn by chance first.
        patience: Trials without a better one after which it ends; 0 never ends early.

    Raises:
        SettingError: for a patience below 0.

    Source:
        Bergstra et al., Algorithms for hyper-parameter optimization, NeurIPS 2011.
    """
    propose = propose_likely(space, seed=seed, n_startup=n_startup, patience=patience)
    return run_trials(propose, Here(space, task), seed=seed, budget=budget, past=past)


def propose_likely(space: Space, *, seed: int, n_startup: int = 5, patience: int = 100) -> Propose:
    """What Optuna's sampler asks for, given all that was scored.

    Raises:
        SettingError: for a patience below 0.
    """
    check_patience(patience)

    def propose(past: Sequence[Scored]) -> Architecture | None:
        if is_settled(past, patience):
            return None
        rng = generator(seed, len(past), 1)
        with _quiet():
            study = _study(space, past, seed_of(seed, len(past)), n_startup)
            return unseen_of(lambda: _asked(space, study), space, rng, past, n_tries=_TRIES)

    return propose


def _study(space: Space, past: Sequence[Scored], seed: int, n_startup: int) -> optuna.study.Study:
    """A study that knows the past; what has no score is a trial that failed."""
    import optuna

    sampler = optuna.samplers.TPESampler(
        n_startup_trials=n_startup,
        group=True,  # choices that are active together are sampled together
        constant_liar=False,
        seed=seed % 2**32,
    )
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.add_trials([_trial(space, one) for one in past if math.isfinite(one.score)])
    return study


def _trial(space: Space, scored: Scored) -> optuna.trial.FrozenTrial:
    import optuna

    dimensions = {one.name: one for one in space.dimensions}
    at = {n: _place(dimensions[n], option) for n, option in scored.architecture.items()}
    return optuna.trial.create_trial(
        params=at,
        distributions={name: _distribution(dimensions[name]) for name in at},
        value=scored.score,
    )


def _distribution(dimension: Dimension) -> Any:
    """Places of the options: numbers in order lie on a line, all others are categories."""
    import optuna

    n = len(dimension.options)
    if _is_ordered(dimension):
        return optuna.distributions.IntDistribution(0, n - 1)
    return optuna.distributions.CategoricalDistribution(tuple(range(n)))


def _is_ordered(dimension: Dimension) -> bool:
    options = dimension.options
    if not all(isinstance(o, int | float) and not isinstance(o, bool) for o in options):
        return False
    return list(options) in (sorted(options), sorted(options, reverse=True))


def _place(dimension: Dimension, option: Any) -> int:
    return list(dimension.options).index(option)


def _asked(space: Space, study: optuna.study.Study) -> Architecture:
    """One architecture, choice by choice: what a choice makes active is asked for after it."""
    trial = study.ask()
    whole = {one.name: one.options[0] for one in space.dimensions}
    asked: set[str] = set()
    while True:
        active = space.active(whole)
        waiting = [one for one in space.dimensions if one.name in active and one.name not in asked]
        if not waiting:
            return active
        first = waiting[0]
        whole[first.name] = first.options[_place_asked(trial, first)]
        asked.add(first.name)


def _place_asked(trial: optuna.trial.Trial, dimension: Dimension) -> int:
    n = len(dimension.options)
    if _is_ordered(dimension):
        return trial.suggest_int(dimension.name, 0, n - 1)
    return int(trial.suggest_categorical(dimension.name, range(n)))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Optuna says nothing inside the block."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)
