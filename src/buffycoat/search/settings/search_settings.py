"""How a search of settings goes about it; each field is a flag."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from buffycoat.errors import SettingError
from buffycoat.registry import Choice

__all__ = ["Score", "SearchSettings"]

Score = Literal["accuracy", "balanced_accuracy", "loss"]


@dataclass(frozen=True)
class SearchSettings:
    """Who chooses, who gives up, by what, and for how long."""

    function: Choice = field(default_factory=lambda: Choice("none"))
    """Function of a trial, beside or in place of --vary: none, usual, system_2, system_5,
    or a plugin's."""
    sampler: Choice = field(default_factory=lambda: Choice("tpe"))
    """Who chooses the next settings: tpe, gp, random, grid, cma_es."""
    pruner: Choice = field(default_factory=lambda: Choice("none"))
    """Who gives a trial up by its epochs so far: none, median, hyperband."""
    score: Score = "accuracy"
    """What settings are chosen by, on the validation rows: as they are, or distorted where
    --monitor is; with --all-folds the mean over the folds."""
    trials: int | None = None
    """Trials in all; with a grid, every combination where nothing is said."""
    budget: str | None = None
    """Time for all trials, such as 30m: none begins that by the slowest so far would not end."""
    retrain_seeds: int = 0
    """Train the best settings again with so many other seeds."""

    def __post_init__(self) -> None:
        if self.trials is not None and self.trials < 1:
            raise SettingError(f"trials is {self.trials}: it must be 1 or more")
        if self.retrain_seeds < 0:
            raise SettingError(f"retrain_seeds is {self.retrain_seeds}: it cannot be negative")

    @property
    def direction(self) -> Literal["minimize", "maximize"]:
        """Which way is better."""
        return "minimize" if self.score == "loss" else "maximize"
