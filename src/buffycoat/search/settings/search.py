"""The search itself: Optuna is asked, an engine makes the trial, Optuna is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from buffycoat.errors import BuffycoatError
from buffycoat.registry import Choice
from buffycoat.search.engine.engine import Done, Engine, Job
from buffycoat.search.settings.grid import EndlessRangeError, next_in_grid
from buffycoat.search.settings.limits import Limits
from buffycoat.search.settings.patience import Patience
from buffycoat.search.settings.planned import lose, next_index, tell
from buffycoat.search.settings.proposing import propose
from buffycoat.search.settings.samplers import LEARNING, build_sampler
from buffycoat.search.settings.turns import Turns

__all__ = ["SPENT", "Search"]

SPENT = "spent_s"
"""The study's attribute that says how many seconds were searched, by all commands so far."""


@dataclass
class Search:
    """One command's part in a search."""

    study: optuna.Study
    """Where every trial is remembered, and who gives one up."""
    draw: Callable[[optuna.Trial], Mapping[str, Any]]
    """From a trial to its settings as plain values."""
    job: Callable[[int, Mapping[str, Any], str], Job]
    """From a trial's number, settings and run to what is to be done."""
    engine: Engine
    """Where it is done."""
    limits: Limits
    """When it is over."""
    sampler: Choice
    """Who chooses."""
    seed: int = 0
    """What the sampler's draws depend on."""
    owner: str = ""
    """Who makes the trials."""
    patient: Patience = field(default_factory=Patience)
    """Waits for a storage that is away."""
    say: Callable[[str], None] = print
    """Tells the user."""
    after: Callable[[], object] = lambda: None
    """Is called after each trial."""
    _running: dict[int, optuna.Trial] = field(default_factory=dict)
    _began: dict[int, float] = field(default_factory=dict)
    _n_failed: int = 0

    def __post_init__(self) -> None:
        self._turns = Turns(self._trials, self.patient.sleep)

    def run(self) -> None:
        """Make trials until the limits end it.

        Raises:
            RunError: when the storage stays away.
        """
        while True:
            while len(self._running) < self.engine.n_at_once and self._may_begin():
                self._begin()
            if not self._running:
                return
            self._end(self.engine.wait(self._judge))

    def _trials(self) -> list[FrozenTrial]:
        return self.patient(lambda: self.study.get_trials(deepcopy=False))

    def _may_begin(self) -> bool:
        trials = self._trials()
        if any(trial.state is TrialState.WAITING for trial in trials):
            return self.limits.has_time(trials)
        if self.sampler.name == "grid" and next_in_grid(trials) is None:
            return False
        return self.limits.may_begin(trials, self._n_failed)

    def _begin(self) -> None:
        trials = self._trials()
        index = next_index(trials)
        trial = self._asked(trials, index)
        began = time.monotonic()
        self.patient(lambda: trial.set_user_attr("owner", self.owner))
        try:
            settings = self.patient(lambda: self.draw(trial))
        except EndlessRangeError:
            raise
        except BuffycoatError as error:
            self._refused(trial, index, error)
            return
        run = str(trial.user_attrs.get("run") or f"trial-{trial.number + 1:04d}")
        index = trial.user_attrs.get("index", index)
        self._keep(trial, index=index, run=run, settings=dict(settings))
        if self._is_dropped(trial, index):
            return
        self._running[trial.number], self._began[trial.number] = trial, began
        self.say(f"trial {trial.number + 1}: {_told(trial.params)}")
        self.engine.begin(self.job(trial.number, settings, run))

    def _asked(self, trials: Sequence[FrozenTrial], index: int) -> optuna.Trial:
        """The next trial: one that waits, or a new one."""
        sampler = build_sampler(self.sampler, self.seed, index)
        is_waiting = any(trial.state is TrialState.WAITING for trial in trials)
        if self.sampler.name in LEARNING and not is_waiting:
            direction = self.patient(lambda: self.study.direction)
            found = propose(sampler, trials, direction, self.draw)
            self.patient(lambda: self._queue(found))
        self.study.sampler = sampler
        return self.patient(self.study.ask)

    def _queue(self, params: dict[str, Any]) -> None:
        """Let a trial wait, once also where the storage goes away before it says that it does."""
        waiting = self.study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
        if not any(trial.system_attrs.get("fixed_params") == params for trial in waiting):
            self.study.enqueue_trial(params)

    def _is_dropped(self, trial: optuna.Trial, index: int) -> bool:
        """Whether another command was quicker to draw this trial, or the last one."""
        if "again_of" in trial.user_attrs:
            return False
        is_taken = self._turns.is_taken(trial.number, index, self.limits.n_trials)
        if is_taken:
            self._keep(trial, dropped=True)
            self.patient(lambda: lose(self.study, trial.number))
        return is_taken

    def _refused(self, trial: optuna.Trial, index: int, error: BuffycoatError) -> None:
        """Settings that cannot be are a trial that failed."""
        self._keep(trial, index=index, run=f"trial-{trial.number + 1:04d}", settings={})
        self._close(trial, {"status": "failed", "reason": str(error), "wall_s": 0.0})

    def _keep(self, trial: optuna.Trial, **attributes: Any) -> None:
        for name, value in attributes.items():
            self.patient(lambda name=name, value=value: trial.set_user_attr(name, value))  # type: ignore[misc]

    def _judge(self, number: int, step: int, value: float) -> bool:
        trial = self._running[number]
        self.patient(lambda: trial.report(value, step))
        return self.patient(trial.should_prune)

    def _end(self, done: Done) -> None:
        trial = self._running.pop(done.key)
        wall_s = time.monotonic() - self._began.pop(done.key)
        if done.is_lost and "again_of" not in trial.user_attrs:
            self.patient(lambda: lose(self.study, done.key))
            self.say(f"trial {done.key + 1} was lost: {done.reason}; its settings are tried again")
        else:
            reason = f"lost twice: {done.reason}" if done.is_lost else done.reason
            outcome = done.outcome or {"status": "failed", "reason": reason}
            self._close(trial, {**outcome, "wall_s": round(wall_s, 3)})
        self._charge()
        self.after()

    def _close(self, trial: optuna.Trial, outcome: Mapping[str, Any]) -> None:
        self._keep(trial, outcome=dict(outcome))
        self.patient(lambda: tell(self.study, trial.number, outcome))
        is_failed = outcome["status"] == "failed"
        self._n_failed = self._n_failed + 1 if is_failed else 0
        told = f"{outcome['score']:.4f}" if outcome["status"] == "finished" else outcome["reason"]
        self.say(f"trial {trial.number + 1} {outcome['status']}: {told}")

    def _charge(self) -> None:
        """Write down how long was searched; another command may have searched for longer."""
        spent = round(self.limits.spent_s, 3)
        known = self.patient(lambda: float(self.study.user_attrs.get(SPENT, 0.0)))
        if spent > known:
            self.patient(lambda: self.study.set_user_attr(SPENT, spent))


def _told(params: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} = {value:.4g}" if isinstance(value, float) else f"{name} = {value}"
        for name, value in params.items()
    )
