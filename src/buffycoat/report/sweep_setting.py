"""A setting of a sweep: its trials with different seeds, taken together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["SweepSetting"]


@dataclass(frozen=True)
class SweepSetting:
    """Trials that differ in their seed alone."""

    values: Mapping[str, Any]
    """What was varied, by its short name; empty where the seed alone was."""
    trials: tuple[Mapping[str, Any], ...]
    """Their rows of the trial table."""

    @property
    def name(self) -> str:
        """Its values in a row, such as `model = small_cnn, learning_rate = 0.001`."""
        said = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        return said or "the one setting"

    @property
    def finished(self) -> tuple[Mapping[str, Any], ...]:
        """The rows of the trials that finished."""
        return tuple(trial for trial in self.trials if trial["status"] == "finished")

    @property
    def failed(self) -> tuple[Mapping[str, Any], ...]:
        """The rows of the trials that failed."""
        return tuple(trial for trial in self.trials if trial["status"] == "failed")

    @property
    def runs(self) -> tuple[str, ...]:
        """The folders of the runs that finished."""
        return tuple(trial["run"] for trial in self.finished)

    def mean(self, column: str) -> float | None:
        """The mean of a column over the trials that finished; None where there is no number."""
        known = [trial[column] for trial in self.finished if trial[column] is not None]
        return sum(known) / len(known) if known else None
