"""The stages in which architectures are scored: the strategy's, by chance, and for their ranks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from buffycoat.pipeline.architectures.record import Record
from buffycoat.pipeline.console import say
from buffycoat.registry import Choice
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.catalogue import proposers, strategies
from buffycoat.search.strategies.drawing import seed_of
from buffycoat.search.strategies.strategy import Scored, chosen, key_of
from buffycoat.search.strategies.trials import run_trials
from buffycoat.search.task import TrainingTask

__all__ = [
    "BY_CHANCE",
    "RANKED",
    "RETRAINED",
    "SEARCH",
    "TENTH",
    "Stages",
    "drawn_architectures",
    "scores_of",
]

SEARCH, BY_CHANCE, RANKED, TENTH = "search", "by chance", "ranked", "tenth"
RETRAINED = "retrained"

_RANDOM = Choice("random_search")
_MOST_DRAWS = 100
_LEAST_S = 1.0
_SEEDS = {SEARCH: 0, BY_CHANCE: 1, TENTH: 2, RANKED: 3, RETRAINED: 4}


@dataclass
class Stages:
    """A search, stage by stage; what is over is not made again."""

    space: Space
    task: TrainingTask
    strategy: Choice
    record: Record
    seed: int
    asked: tuple[Architecture, ...] = ()
    """Those that are scored for their ranks."""

    @property
    def shares_weights(self) -> bool:
        """Whether the strategy scores with the weights of one network for all."""
        return self.strategy.name not in proposers

    def search(self, seconds: float) -> Scored | None:
        """What the strategy chose in so many seconds, and its scores of those asked."""
        self._strategy(SEARCH, self.strategy, seconds)
        return chosen(self.record.of(SEARCH))

    def by_chance(self, seconds: float) -> Scored | None:
        """What random search chose in the same time; the strategy's own where it is that."""
        if self.strategy.name == _RANDOM.name:
            return chosen(self.record.of(SEARCH))
        self._strategy(BY_CHANCE, _RANDOM, seconds)
        return chosen(self.record.of(BY_CHANCE))

    def rank(self, seconds: float, search_seconds: float) -> None:
        """Score those asked as the strategy scores, and as it would in a tenth of its budget.

        A strategy that shares weights has scored them at the end of its search; one that trains
        each network by itself does so here, and in a tenth of the epochs.

        Args:
            seconds: For all of this, where networks are trained.
            search_seconds: What the strategy had.
        """
        if self.shares_weights:
            self._strategy(TENTH, self.strategy, search_seconds / 10)
            return
        whole = self.task.settings.epochs
        self._trainings(RANKED, whole, 1, seconds)
        self._trainings(TENTH, max(1, round(whole / 10)), 1, seconds)

    def retrain(self, epochs: int, n_seeds: int, seconds: float) -> None:
        """Train those asked from scratch, once with each seed for as long as the time lasts."""
        self._trainings(RETRAINED, epochs, n_seeds, seconds)

    def _trainings(self, stage: str, epochs: int, n_seeds: int, seconds: float) -> None:
        jobs = [one for _ in range(n_seeds) for one in self.asked]

        def next_job(past: Sequence[Scored]) -> Architecture | None:
            return jobs[len(past)] if len(past) < len(jobs) else None

        if stage in self.record.over or not jobs:
            return
        task, budget = self._task(seconds, epochs), SearchBudget(max(_LEAST_S, seconds))
        past, seed = tuple(self.record.of(stage)), seed_of(self.seed, _SEEDS[stage])
        self._scored(
            stage, run_trials(self.space, task, next_job, seed=seed, budget=budget, past=past)
        )

    def _strategy(self, stage: str, strategy: Choice, seconds: float) -> None:
        if stage in self.record.over:
            return
        given: dict[str, Any]
        if strategy.name in proposers:
            given = {"past": tuple(self.record.of(stage))}
        else:
            self.record.begin_again(stage)
            given = {"asked": self.asked}
        function = strategies.checked(strategy, "space", "task", "seed", "budget", *given)
        given |= {"seed": seed_of(self.seed, _SEEDS[stage])}
        given |= {"budget": SearchBudget(max(_LEAST_S, seconds)), **strategy.arguments}
        self._scored(stage, function(self.space, self._task(seconds), **given))

    def _task(self, seconds: float, epochs: int | None = None) -> TrainingTask:
        """The task, which ends trainings when the stage has to be over."""
        task = self.task.with_epochs(epochs or self.task.settings.epochs)
        task.deadline = time.monotonic() + max(_LEAST_S, seconds)
        return task

    def _scored(self, stage: str, found: Iterable[Scored]) -> None:
        for one in found:
            self.record.add(stage, one)
            say(_told(stage, len(self.record.of(stage)), one))
        self.record.end(stage)


def drawn_architectures(space: Space, n: int, seed: int) -> tuple[Architecture, ...]:
    """So many different architectures by chance; all of a space that has no more."""
    if space.n_architectures <= n:
        return tuple(space.every())
    rng = np.random.default_rng((seed, 17))
    found: dict[object, Architecture] = {}
    for _ in range(_MOST_DRAWS * n):
        if len(found) == n:
            break
        one = space.draw(rng)
        found.setdefault(key_of(one), one)
    return tuple(found.values())


def _told(stage: str, number: int, one: Scored) -> str:
    said = f"{one.score:.4f}" if one.score == one.score else one.reason
    return f"{stage} {number}: {said} in {one.seconds:.1f} s ({one.how})"


def scores_of(asked: Sequence[Architecture], scored: Sequence[Scored]) -> list[float]:
    """The last score of each of some architectures; NaN where there is none."""
    by_key = {key_of(one.architecture): one.score for one in scored}
    return [by_key.get(key_of(one), float("nan")) for one in asked]
