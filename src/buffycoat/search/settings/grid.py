"""A grid over a space that is found while it is walked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.distributions import IntDistribution as WholeDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from buffycoat.errors import SettingError
from buffycoat.search.settings.planned import planned_trials

__all__ = ["EndlessRangeError", "GridSampler", "next_in_grid"]


class EndlessRangeError(SettingError):
    """A range that a grid cannot walk through."""

    def __init__(self, name: str) -> None:
        said = f"{name} has no end of values, and a grid tries each"
        super().__init__(f"{said}: list them, or give a step, as in uniform(0, .2, .05)")


class GridSampler(BaseSampler):
    """The combination after the last one that was planned, as an odometer counts.

    Optuna's own grid has to know the space beforehand, and its exhaustive sampler fails on a trial
    that was killed while it was being drawn.
    """

    def infer_relative_search_space(
        self,
        study: Study,  # noqa: ARG002
        trial: FrozenTrial,  # noqa: ARG002
    ) -> dict[str, BaseDistribution]:
        """Nothing: every value is drawn when it is asked for."""
        return {}

    def sample_relative(
        self,
        study: Study,  # noqa: ARG002
        trial: FrozenTrial,  # noqa: ARG002
        search_space: dict[str, BaseDistribution],  # noqa: ARG002
    ) -> dict[str, Any]:
        """Nothing."""
        return {}

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """The next combination's value, or the first where that says nothing.

        Raises:
            EndlessRangeError: for a range without a step.
        """
        values = _values(param_name, param_distribution)
        before = [t for t in study.get_trials(deepcopy=False) if t.number < trial.number]
        begun = next_in_grid(before) or {}
        return begun.get(param_name, values[0])


def next_in_grid(trials: Sequence[FrozenTrial]) -> Mapping[str, Any] | None:
    """The values with which the next combination begins; None when all were planned.

    Only trials that were drawn to the end count.
    """
    planned = planned_trials(trials)
    if not planned:
        return {}
    last = max(planned, key=lambda trial: trial.number)
    names = list(last.params)
    for i in reversed(range(len(names))):
        values = _values(names[i], last.distributions[names[i]])
        at = values.index(last.params[names[i]])
        if at + 1 < len(values):
            kept = {name: last.params[name] for name in names[:i]}
            return {**kept, names[i]: values[at + 1]}
    return None


def _values(name: str, distribution: BaseDistribution) -> list[Any]:
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    if isinstance(distribution, WholeDistribution) and not distribution.log:
        return list(range(distribution.low, distribution.high + 1, distribution.step))
    if isinstance(distribution, FloatDistribution) and distribution.step is not None:
        low, step = distribution.low, distribution.step
        n = round((distribution.high - low) / step)
        return [float(f"{low + i * step:.12g}") for i in range(n + 1)]
    raise EndlessRangeError(name)
