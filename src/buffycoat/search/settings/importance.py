"""How much of the differences between trials each setting explains."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

__all__ = ["Importance", "importances"]

FEWEST = 8
"""Finished trials below which nothing is said."""


@dataclass(frozen=True)
class Importance:
    """A setting's share of what all settings together explain."""

    name: str
    share: float
    """From 0 to 1."""
    low: float
    high: float
    """95% interval, over trials drawn again from those that finished."""


def importances(study: optuna.Study, *, n_resamples: int = 100, seed: int = 0) -> list[Importance]:
    """The drawn settings, the most important first; none where too few trials finished.

    Args:
        study: The search.
        n_resamples: Draws for the interval.
        seed: Of these.

    Source: Watanabe, Bansal and Hutter, PED-ANOVA: efficiently quantifying hyperparameter
    importance in arbitrary subspaces, IJCAI 2023.
    """
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(trials) < FEWEST or len({trial.value for trial in trials}) == 1:
        return []
    found = _shares(study.direction, trials)
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, len(trials), len(trials)) for _ in range(n_resamples)]
    again = [_shares(study.direction, [trials[i] for i in draw]) for draw in draws]
    rows = []
    for name, share in found.items():
        low, high = np.percentile([shares.get(name, 0.0) for shares in again], (2.5, 97.5))
        rows.append(Importance(name, share, min(float(low), share), max(float(high), share)))
    return sorted(rows, key=lambda row: (-row.share, row.name))


def _shares(direction: optuna.study.StudyDirection, trials: list[FrozenTrial]) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inner = optuna.create_study(direction=direction)
        inner.add_trials(trials)
        return {k: float(v) for k, v in optuna.importance.get_param_importances(inner).items()}
