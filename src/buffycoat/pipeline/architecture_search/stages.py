"""The stages in which architectures are scored: the strategy's, by chance, and for their ranks."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from buffycoat.errors import BuffycoatError, RunError, SettingError, named_line
from buffycoat.pipeline.architecture_search.material import SentMaterial, Source
from buffycoat.pipeline.architecture_search.pace import (
    epoch_seconds,
    epochs_within,
    shorter_trials,
)
from buffycoat.pipeline.architecture_search.record import (
    BY_CHANCE,
    RANKED,
    RETRAINED,
    SEARCH,
    TENTH,
    Record,
    Spent,
)
from buffycoat.pipeline.console import say
from buffycoat.registry import Choice
from buffycoat.search.engine.engine import Engine
from buffycoat.search.engine.local import InProcess
from buffycoat.search.engine.settings import EngineSettings
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.catalogue import proposers, strategies
from buffycoat.search.strategies.strategy import GIVEN, Scored, chosen, key_of
from buffycoat.search.strategies.trials import Here, Material, Propose, free_number, run_trials
from buffycoat.search.task import TrainingTask
from buffycoat.training.seeds import seed_of

__all__ = ["RANDOM", "Stages"]

RANDOM = Choice("random_search")
"""Who chooses by chance, beside any other."""
_LEAST_S = 1.0
_HOW = {
    "shared": "with shared weights",
    "interim": "with shared weights on the way",
    "asked": "with shared weights, for its rank",
}
_SEEDS = {SEARCH: 0, BY_CHANCE: 1, TENTH: 2, RANKED: 3, RETRAINED: 4}


@dataclass
class Stages:
    """A search, stage by stage; what is over is not made again."""

    space: Space
    task: TrainingTask
    strategy: Choice
    record: Record
    seed: int
    asked: tuple[Architecture, ...]
    """Those that are scored for their ranks; where each network is trained by itself, the first of
    random search take their place."""
    source: Source
    """What other processes make trials from."""
    engine: Engine = field(default_factory=InProcess)
    """Where trials are made."""

    @property
    def shares_weights(self) -> bool:
        """Whether the strategy scores with the weights of one network for all."""
        return self.strategy.name not in proposers

    @property
    def chance(self) -> str:
        """The stage whose networks are drawn by chance: the search's own where it is that."""
        return SEARCH if self.strategy.name == RANDOM.name else BY_CHANCE

    def check(self, engine: EngineSettings) -> None:
        """Let pass a strategy that can search the space where it is to run; nothing is trained.

        Raises:
            SettingError: for arguments that cannot be.
            SpaceError: for a space that it cannot search.
        """
        if self.shares_weights and engine.has_several:
            said = f"{self.strategy.name} trains one network for all, which cannot be divided"
            raise SettingError(f"{said}: leave out --workers and --engine, or take evolution")
        self._begun(SEARCH, self.strategy, _LEAST_S)

    def search(self, seconds: float) -> Scored:
        """What the strategy chose in so many seconds, and its scores of those asked.

        Raises:
            RunError: when nothing could be scored.
        """
        return self._chosen(SEARCH, self.strategy, seconds)

    def by_chance(self) -> Scored:
        """What random search chose in the time that the search had.

        Raises:
            RunError: when nothing could be scored.
        """
        return self._chosen(BY_CHANCE, RANDOM, self.record.over[SEARCH].had_s)

    def _chosen(self, stage: str, strategy: Choice, seconds: float) -> Scored:
        self._strategy(stage, strategy, seconds)
        best = chosen(self.record.of(stage))
        if best is None:
            reason = next((one.reason for one in self.record.of(stage)), "no training began")
            had = f"{max(_LEAST_S, seconds):.3g} s of {strategy.name}"
            said = f"no network could be scored in the {had}: {reason}"
            if reason.startswith("the time was over"):
                shorter = shorter_trials(self.task.settings.epochs)
                said += f": give {shorter} or a longer --budget"
            raise RunError(said)
        return best

    def rank(self, best: Scored, seconds: float) -> None:
        """Score those asked as the strategy scores, and as it would in a tenth of its budget.

        A strategy that shares weights has scored them at the end of its search, and what it chose
        is trained by itself here, to stand among the others. Where each network is trained by
        itself, random search has scored the most; the others are trained here, and all in a tenth
        of the epochs.

        Args:
            best: What was chosen.
            seconds: For each kind of training.
        """
        whole = self.task.settings.epochs
        if self.shares_weights:
            self._strategy(TENTH, self.strategy, self.record.over[SEARCH].took_s / 10)
            self._trainings(RANKED, [best.architecture], whole, seconds)
            return
        known = self._scored_by_chance()
        drawn = {key_of(one): one for one in (*known, *self.asked)}
        self.asked = tuple(drawn.values())[: len(self.asked)]
        self._trainings(RANKED, self.asked[len(known) :], whole, seconds)
        self._trainings(TENTH, self.asked, whole / 10, seconds)

    def _scored_by_chance(self) -> list[Architecture]:
        """What random search scored, in the order that it drew them."""
        drawn = sorted(self.record.of(self.chance), key=lambda one: one.number)
        return [one.architecture for one in drawn if math.isfinite(one.score)]

    def retrain(self, epochs: int, n_seeds: int, seconds: float) -> None:
        """Train those asked from scratch, once with each seed for as long as the time lasts.

        Args:
            epochs: Of each training; fewer where one of each network would not fit in the time.
            n_seeds: Trainings of each.
            seconds: For all of them.
        """
        made = self.record.decided(RETRAINED, lambda: self._fitting(epochs, seconds))
        self._trainings(RETRAINED, [*self.asked] * n_seeds, made, seconds)

    def _fitting(self, most: int, seconds: float) -> int:
        """How many epochs each of those asked has time for, by what trials took."""
        epoch_s = epoch_seconds(self.record, self.task.settings.epochs)
        if epoch_s is None or not self.asked:
            return most
        share_s = seconds * self.engine.n_at_once / len(self.asked)
        return epochs_within(share_s, epoch_s, most)

    def _trainings(
        self, stage: str, jobs: Sequence[Architecture], epochs: float, seconds: float
    ) -> None:

        def next_job(past: Sequence[Scored]) -> Architecture | None:
            number = free_number(past)
            return jobs[number] if number < len(jobs) else None

        if stage in self.record.over or not jobs:
            return
        left_s = self._left_s(stage, seconds)
        self._scored(stage, self._trials(stage, next_job, left_s, epochs), seconds)

    def _trials(
        self, stage: str, propose: Propose, left_s: float, epochs: float
    ) -> Iterator[Scored]:
        """What is proposed, trained in so many seconds wherever the engine does it."""
        return run_trials(
            propose,
            self._material(left_s, epochs),
            seed=self._seed_of(stage),
            budget=SearchBudget(left_s),
            past=tuple(self.record.of(stage)),
            engine=self.engine,
        )

    def _material(self, left_s: float, epochs: float) -> Material:
        if isinstance(self.engine, InProcess):
            return Here(self.space, self._task(left_s, epochs))
        return SentMaterial(self.source, epochs, time.time() + left_s)

    def _seed_of(self, stage: str) -> int:
        return seed_of(self.seed, _SEEDS[stage])

    def _strategy(self, stage: str, strategy: Choice, seconds: float) -> None:
        if stage in self.record.over:
            return
        is_resumable = strategy.name in proposers and chosen(self.record.of(stage)) is not None
        if not is_resumable:
            self.record.begin_again(stage)
        self._scored(stage, self._begun(stage, strategy, self._left_s(stage, seconds)), seconds)

    def _begun(self, stage: str, strategy: Choice, left_s: float) -> Iterator[Scored]:
        seed, epochs = self._seed_of(stage), self.task.settings.epochs
        if strategy.name in proposers:
            strategies.checked(strategy, *GIVEN)
            propose = proposers[strategy.name](self.space, seed=seed, **strategy.arguments)
            return self._trials(stage, propose, left_s, epochs)
        search = strategies.checked(strategy, *GIVEN)
        given: dict[str, Any] = {"seed": seed, "budget": SearchBudget(left_s), "asked": self.asked}
        return search(self.space, self._task(left_s, epochs), **given, **strategy.arguments)

    def _left_s(self, stage: str, seconds: float) -> float:
        """What an interrupted part of the stage left of its seconds."""
        return max(_LEAST_S, seconds - self.record.reached.get(stage, 0.0))

    def _task(self, seconds: float, epochs: float) -> TrainingTask:
        """The task, which ends trainings when the stage has to be over."""
        task = self.task.with_epochs(epochs)
        task.deadline = time.monotonic() + seconds
        return task

    def _scored(self, stage: str, found: Iterable[Scored], had_s: float) -> None:
        began = time.monotonic() - self.record.reached.get(stage, 0.0)
        for one in _sound(found):
            self.record.add(stage, one, time.monotonic() - began)
            say(_told(stage, len(self.record.of(stage)), one))
        is_choice = stage in (SEARCH, BY_CHANCE)
        if not is_choice or chosen(self.record.of(stage)):  # else a longer budget goes on with it
            self.record.end(stage, Spent(had_s, time.monotonic() - began))


def _sound(found: Iterable[Scored]) -> Iterator[Scored]:
    """What is scored, one by one; a fault of all networks as a sentence.

    Raises:
        RunError: for what a module of the space raises, where no network could be trained before.
    """
    try:
        yield from found
    except BuffycoatError:
        raise
    except Exception as error:
        said = f"no network could be trained: {named_line(error)}"
        raise RunError(f"{said}: mend the space's module, or leave that choice out") from error


def _told(stage: str, number: int, one: Scored) -> str:
    said = one.reason if math.isnan(one.score) else f"scored {one.score:.4f}"
    took = f"{one.seconds:.1f}" if one.seconds >= 0.1 else "less than 0.1"
    how = "" if one.how == "trained" else f", {_HOW[one.how]}"
    return f"{stage} {number}: {said} in {took} s{how}"
