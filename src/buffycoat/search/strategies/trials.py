"""Trials: each a network with weights of its own, trained and scored wherever an engine does it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol

from buffycoat.errors import BuffycoatError, RunError, named_line
from buffycoat.search.engine.engine import Done, Engine, Job, Report
from buffycoat.search.engine.local import InProcess
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.attempt import attempt
from buffycoat.search.strategies.budget import Meter, SearchBudget
from buffycoat.search.strategies.strategy import Scored, SearchTask
from buffycoat.training.seeds import seed_of

__all__ = ["Here", "Material", "Propose", "free_number", "run_trials"]

_LOST, _FAILS, _MOST_FAILED = "lost twice", "the network fails", 3
"""Why a trial has no score, and after how many of one kind the search ends where none worked."""

Propose = Callable[[Sequence[Scored]], Architecture | None]
"""From all that was scored so far to what to try next; None when there is nothing left. It depends
on nothing else, so that a search that was killed goes on as it would have. Where several trials run
at once, those that are not over stand among the others with a score of NaN."""


class Material(Protocol):
    """What a trial is made from, in whichever process makes it."""

    def opened(self) -> tuple[Space, SearchTask]:
        """The space, and what trains and scores."""
        ...


@dataclass(frozen=True)
class Here:
    """The material of trials in this process."""

    space: Space
    task: SearchTask

    def opened(self) -> tuple[Space, SearchTask]:
        """What it was given."""
        return self.space, self.task


def run_trials(
    propose: Propose,
    material: Material,
    *,
    seed: int,
    budget: SearchBudget,
    past: Sequence[Scored] = (),
    engine: Engine | None = None,
) -> Iterator[Scored]:
    """Train and score what is proposed while the budget lasts, in the order in which trials end.

    A trial whose process or machine is lost is made once more.

    Args:
        propose: What to try next.
        material: What trials are made from; for another process it can be pickled.
        seed: What the trainings depend on.
        budget: Trials of the past count, their seconds do not.
        past: What an earlier part of the same search scored.
        engine: Where trials are made; in this process, one by one, when not given.

    Raises:
        RunError: when three failed, or were lost twice, and none worked; else it is their reason.
    """
    done = list(past)
    meter = Meter(budget, len(done))
    meter.slowest = max((one.seconds for one in done), default=0.0)
    return _Trials(propose, material, engine or InProcess(), seed, meter, done).made()


def free_number(past: Sequence[Scored]) -> int:
    """The number of the next trial: the lowest that none has."""
    taken = {one.number for one in past}
    return next(number for number in count() if number not in taken)


@dataclass
class _Trials:
    """Keeps an engine busy."""

    propose: Propose
    material: Material
    engine: Engine
    seed: int
    meter: Meter
    done: list[Scored]
    _running: dict[int, Scored] = field(default_factory=dict)
    _began: dict[int, float] = field(default_factory=dict)
    _lost: set[int] = field(default_factory=set)

    def made(self) -> Iterator[Scored]:
        """Each trial when it ends."""
        while True:
            while self._begin_next():
                pass
            if not self._running:
                return
            if one := self._ended(self._waited()):
                self.done.append(one)
                yield one

    def _begin_next(self) -> bool:
        """Begin another trial, where there is a place, time and something to try."""
        n_running = len(self._running)
        if n_running == self.engine.n_at_once or not self.meter.allows(n_running):
            return False
        past = [*self.done, *self._running.values()]
        architecture = self.propose(past)
        if architecture is None:
            return False
        number = free_number(past)
        self._running[number] = Scored(architecture, math.nan, 0.0, "trained", number=number)
        self._began[number] = self.meter.start()
        self._hand_over(number)
        return True

    def _hand_over(self, number: int) -> None:
        given = self.material, self._running[number].architecture, seed_of(self.seed, number)
        self.engine.begin(Job(number, _attempted, given))

    def _waited(self) -> Done:
        """The next trial that ends; in this process, where one runs at a time, whatever it raises.

        Raises:
            RunError: when several failed and none worked: the fault is one of all networks.
        """
        try:
            done = self.engine.wait(_never)
        except BuffycoatError:
            raise
        except Exception as error:
            done = Done(next(iter(self._running)), reason=named_line(error))
        why = _LOST if done.is_lost else _FAILS
        n_failed = sum(one.reason.startswith(why) for one in self.done) + (not done.is_lost)
        has_worked = any(math.isfinite(one.score) for one in self.done)
        if done.reason and n_failed >= _MOST_FAILED and not has_worked:
            raise RunError(f"no network could be trained: {done.reason}")
        return done

    def _ended(self, done: Done) -> Scored | None:
        if done.is_lost and done.key not in self._lost:
            self._lost.add(done.key)
            self._hand_over(done.key)
            return None
        begun = self._running.pop(done.key)
        score, reason = done.outcome or (math.nan, _said(done))
        seconds = self.meter.stop(self._began.pop(done.key))
        return replace(begun, score=score, reason=reason, seconds=seconds)


def _said(done: Done) -> str:
    return f"{_LOST if done.is_lost else _FAILS}: {done.reason}"


def _never(_key: int, _step: int, _value: float) -> bool:
    """No trial is given up before its end."""
    return False


def _attempted(
    material: Material,
    architecture: Architecture,
    seed: int,
    *,
    report: Report,  # noqa: ARG001
) -> Any:
    """The score of an architecture, or NaN and the reason, in the process that makes it."""
    return attempt(*material.opened(), architecture, seed)
