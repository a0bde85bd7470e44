"""One after the other: several commands that draw from one study at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from optuna.trial import FrozenTrial, TrialState

from buffycoat.search.settings.planned import counted_trials, planned_trials

__all__ = ["Turns"]

_LOOK_S, _LOOKS = 0.2, 50


@dataclass
class Turns:
    """Trials are drawn in the order of their numbers, of which a storage gives each but once.

    Two commands that begin at the same time would draw the same trial, and one more than was asked
    for: the one whose number is lower keeps it.
    """

    trials: Callable[[], Sequence[FrozenTrial]]
    """The trials of the study by now."""
    sleep: Callable[[float], None]
    """Waits."""
    _silent: set[int] = field(default_factory=set)

    def is_taken(self, number: int, index: int, n_trials: int | None) -> bool:
        """Whether a trial that was drawn just now is one too many.

        Args:
            number: Its own.
            index: What its draws depended on.
            n_trials: Trials in all; None without a limit.
        """
        before = self._drawn_before(number)
        is_full = n_trials is not None and len(counted_trials(before)) >= n_trials
        return is_full or any(t.user_attrs.get("index") == index for t in planned_trials(before))

    def _drawn_before(self, number: int) -> list[FrozenTrial]:
        """The trials of lower numbers, when they are drawn; one whose process died never is."""
        for _ in range(_LOOKS):
            before = [trial for trial in self.trials() if trial.number < number]
            drawing = {trial.number for trial in before if _is_drawing(trial)} - self._silent
            if not drawing:
                return before
            self.sleep(_LOOK_S)
        self._silent |= drawing
        return before


def _is_drawing(trial: FrozenTrial) -> bool:
    return trial.state is TrialState.RUNNING and "settings" not in trial.user_attrs
