"""Who gives a trial up early, by name: Optuna's pruners."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.study import Study
from optuna.trial import FrozenTrial

from buffycoat.errors import SettingError
from buffycoat.registry import Choice, Registry

__all__ = ["build_pruner", "hyperband", "median", "none", "pruners"]

pruners: Registry[Callable[..., BasePruner]] = Registry("pruner")


def build_pruner(choice: Choice, n_epochs: int) -> BasePruner:
    """The chosen pruner.

    Args:
        choice: Name and arguments.
        n_epochs: Epochs of a whole trial, all folds together.

    Raises:
        SettingError: for an unknown name or argument, or a value that it cannot have.
    """
    build = pruners.checked(choice, "n_epochs")
    try:
        return build(n_epochs=n_epochs, **choice.arguments)
    except (TypeError, ValueError) as error:
        raise SettingError(f"pruner {str(choice)!r}: {error}") from error


@pruners.register
def none(*, n_epochs: int) -> BasePruner:  # noqa: ARG001
    """Every trial is made to its end.

    Args:
        n_epochs: Epochs of a whole trial.
    """
    return NopPruner()


@pruners.register
def median(*, n_epochs: int, n_startup_trials: int = 4, share: float = 0.2) -> BasePruner:
    """A trial ends when its best so far is worse than the median of the others at that epoch.

    Args:
        n_epochs: Epochs of a whole trial.
        n_startup_trials: Trials that are made to their end before any is given up.
        share: Share of the epochs that every trial may make.
    """
    return MedianPruner(n_startup_trials, n_warmup_steps=max(1, round(share * n_epochs)))


@pruners.register
def hyperband(*, n_epochs: int, reduction: int = 3) -> BasePruner:
    """Several rounds of successive halving, from strict to lenient.

    Args:
        n_epochs: Epochs of a whole trial.
        reduction: One of so many trials goes on at each rung.

    Source: Li et al., Hyperband: a novel bandit-based approach to hyperparameter optimization,
    JMLR 18 (2018).
    """
    if reduction < 2:
        raise ValueError(f"reduction is {reduction}: it must be 2 or more")
    return _Hyperband(1, max(2, n_epochs), reduction)


class _Hyperband(HyperbandPruner):
    """One whose rounds are the same in every study, and in one that was interrupted.

    Optuna's depend on what the study is called, and on how many trials were lost.
    """

    def _get_bracket_id(self, study: Study, trial: FrozenTrial) -> int:  # noqa: ARG002
        number = trial.user_attrs.get("index", trial.number)
        return super()._get_bracket_id(
            SimpleNamespace(study_name=""),  # type: ignore[arg-type]
            SimpleNamespace(number=number),  # type: ignore[arg-type]
        )
