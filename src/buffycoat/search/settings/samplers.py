"""Who chooses the next settings, by name: Optuna's samplers, begun anew for every trial."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Mapping

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.samplers import BaseSampler, CmaEsSampler, GPSampler, RandomSampler, TPESampler

from buffycoat.errors import SettingError
from buffycoat.registry import Choice, Registry
from buffycoat.search.settings.grid import GridSampler

__all__ = [
    "LEARNING",
    "build_sampler",
    "check_sampler",
    "cma_es",
    "gp",
    "grid",
    "random",
    "samplers",
    "tpe",
]

samplers: Registry[Callable[..., BaseSampler]] = Registry("sampler")

LEARNING = ("gp", "tpe")
"""Those that propose what looks good by all trials so far, and keep nothing themselves."""


def build_sampler(choice: Choice, seed: int, index: int) -> BaseSampler:
    """The chosen sampler for one trial of a search.

    Its draws depend on the seed, on how many trials were planned before, and on what they gave:
    a search that was interrupted goes on as it would have.

    Args:
        choice: Name and arguments.
        seed: Of the search.
        index: Trials planned before.

    Raises:
        SettingError: for an unknown name or argument, or a value that it cannot have.
    """
    build = samplers.checked(choice, "seed")
    drawn = int(np.random.SeedSequence((seed, index)).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="optuna")
        try:
            return build(seed=drawn, **choice.arguments)
        except (TypeError, ValueError) as error:
            raise SettingError(f"sampler {str(choice)!r}: {error}") from error


def check_sampler(choice: Choice, drawn: Mapping[str, BaseDistribution]) -> None:
    """Let pass a sampler that moves along what is drawn from; CMA-ES knows numbers alone.

    Args:
        choice: The sampler.
        drawn: What one trial draws from, by name.

    Raises:
        SettingError: when it would draw some at random, which it names.
    """
    listed = [name for name, one in drawn.items() if isinstance(one, CategoricalDistribution)]
    if choice.name == "cma_es" and listed:
        said = f"cma_es moves along numbers, and would draw {', '.join(listed)} at random"
        raise SettingError(f"sampler {said}: take tpe, or give a range such as log(1e-4,1e-2)")


@samplers.register
def gp(*, seed: int, n_startup_trials: int = 10) -> BaseSampler:
    """Gaussian process with expected improvement: few and costly trials, numbers above all.

    Args:
        seed: Of its draws.
        n_startup_trials: Trials at random before.
    """
    return GPSampler(seed=seed, n_startup_trials=n_startup_trials, deterministic_objective=False)


@samplers.register
def tpe(*, seed: int, n_startup_trials: int = 10) -> BaseSampler:
    """Tree-structured Parzen estimators: any kind of setting, also one that depends on another.

    Args:
        seed: Of its draws.
        n_startup_trials: Trials at random before.

    Source: Bergstra et al., Algorithms for hyper-parameter optimization, NIPS 2011.
    """
    return TPESampler(
        seed=seed, n_startup_trials=n_startup_trials, multivariate=True, group=True,
        constant_liar=True,
    )  # fmt: skip


@samplers.register
def random(*, seed: int) -> BaseSampler:
    """Every setting at random: what any other has to beat.

    Args:
        seed: Of its draws.
    """
    return RandomSampler(seed=seed)


@samplers.register
def grid(*, seed: int) -> BaseSampler:  # noqa: ARG001  (a grid draws nothing)
    """Every combination once, the last setting changing first.

    Args:
        seed: Of no use to it.
    """
    return GridSampler()


@samplers.register
def cma_es(*, seed: int, n_startup_trials: int = 1) -> BaseSampler:
    """Evolution of a normal distribution (CMA-ES): many cheap trials, numbers alone.

    Args:
        seed: Of its draws.
        n_startup_trials: Trials at random before.

    Raises:
        SettingError: when the package cmaes is not installed.

    Source: Hansen, The CMA evolution strategy: a comparing review, 2006.
    """
    if importlib.util.find_spec("cmaes") is None:
        raise SettingError("sampler 'cma_es' needs the package cmaes: pip install cmaes")
    return CmaEsSampler(
        seed=seed, n_startup_trials=n_startup_trials, warn_independent_sampling=False
    )
