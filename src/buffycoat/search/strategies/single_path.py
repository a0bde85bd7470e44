"""Single-path one-shot: shared weights trained by drawn paths, then evolution over them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from buffycoat.errors import SettingError
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.attempt import failure, seeded
from buffycoat.search.strategies.budget import Meter, SearchBudget
from buffycoat.search.strategies.drawing import generator
from buffycoat.search.strategies.evolution import propose_children
from buffycoat.search.strategies.settling import is_settled
from buffycoat.search.strategies.shared_training import SharedTraining
from buffycoat.search.strategies.strategy import Scored, SearchTask, strategies
from buffycoat.search.strategies.trials import Propose
from buffycoat.training.seeds import seed_of

__all__ = ["single_path"]

_FOR_WEIGHTS = 0.75
"""Share of the time in which weights are trained; the rest is for the choice."""


@strategies.register
def single_path(  # noqa: PLR0913  (its own settings)
    space: Space,
    task: SearchTask,
    *,
    seed: int,
    budget: SearchBudget,
    asked: Sequence[Architecture] = (),
    epochs: int = 30,
    rate: float = 2e-3,
    candidates: int = 200,
    population: int = 20,
    patience: int = 3,
) -> Iterator[Scored]:
    """The best of what evolution finds, every architecture scored with shared weights.

    In each step one architecture is drawn, and its part of the shared weights learns, on all
    training rows: no architecture weights learn, and scores are of validation rows.

    Args:
        space: Where the architectures are from.
        task: What has the rows.
        seed: What first weights, draws and batches depend on.
        budget: Its seconds: three quarters for the weights, the rest for the choice; its trials:
            architectures that are scored.
        asked: Architectures that are scored in the end as well.
        epochs: Of training, at most.
        rate: Highest learning rate of the weights.
        candidates: Architectures that are scored, at most.
        population: Of the evolution; parents are the best of a quarter of it.
        patience: Populations scored without a better architecture after which it ends; 0 never
            ends early.

    Raises:
        SettingError: for numbers that cannot be.
        SpaceError: for a space that cannot share weights; it names the choice.

    Source:
        Guo et al., Single path one-shot neural architecture search with uniform sampling, ECCV
        2020; the evolution is that of Real et al., AAAI 2019.
    """
    if epochs < 1 or candidates < 1 or patience < 0:
        said = f"epochs is {epochs}, candidates {candidates} and patience {patience}"
        raise SettingError(f"single_path: {said}; at least 1, 1 and 0")
    sample = max(1, population // 4)
    given = {"population": population, "sample": sample, "patience": 0}
    propose = propose_children(space, seed=seed_of(seed, 1), **given)
    shared = SharedTraining(space, task, rate=rate, seed=seed_of(seed, 2))
    most = min(candidates, budget.n_trials or candidates)
    search = _SinglePath(space, task, shared, seed_of(seed, 3))
    found = search.run(propose, replace(budget, n_trials=most), epochs, patience * population)
    return itertools.chain(found, shared.score_asked(asked))


class _SinglePath:
    """Training by drawn paths, then candidates one after another."""

    def __init__(self, space: Space, task: SearchTask, shared: SharedTraining, seed: int) -> None:
        self.space, self.task, self.shared, self.seed = space, task, shared, seed
        self.path: Architecture = {}

    def run(
        self, propose: Propose, budget: SearchBudget, epochs: int, patience: int
    ) -> Iterator[Scored]:
        """Candidates as they are scored; `patience` of them without a better one end it."""
        meter = Meter(budget)
        try:
            self._train(epochs, budget)
        except Exception as error:
            yield Scored(self.path, math.nan, meter.spent, "shared", failure(error))
            return
        done: list[Scored] = []
        while not done or (meter.allows() and not is_settled(done, patience)):
            architecture = propose(done)
            if architecture is None:
                return
            began = meter.start()
            score, reason = self.shared.score(architecture)
            done.append(Scored(architecture, score, meter.stop(began), "shared", reason))
            yield done[-1]

    def _train(self, epochs: int, budget: SearchBudget) -> None:
        seconds = budget.seconds * _FOR_WEIGHTS
        meter = Meter(replace(budget, seconds=seconds, n_trials=None))
        for number in range(epochs):
            left = meter.most(epochs - number)
            if number and not left:
                return
            began = meter.start()
            self._epoch(number, number + max(1, left), meter)
            meter.stop(began)

    def _epoch(self, number: int, n_planned: int, meter: Meter) -> None:
        """One epoch of both halves of the rows, each step another path.

        Raises:
            FloatingPointError: when no step had a finite loss.
        """
        rng = generator(self.seed, number)
        n_steps = self.task.n_batches("weights") + self.task.n_batches("architecture")
        with seeded(seed_of(self.seed, number)):
            self.shared.network.train()
            for step, batch in enumerate(self._all_rows(seed_of(self.seed, number, 1))):
                self.path = self.space.draw(rng)
                self.shared.network.choose(self.path)
                try:
                    self.shared.step(batch, (number + step / n_steps) / n_planned)
                except Exception as error:  # of this path; others may work
                    self.shared.skip(error)
                if meter.is_over:
                    break
        self.shared.check()

    def _all_rows(self, seed: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        yield from self.task.batches("weights", seed)
        yield from self.task.batches("architecture", seed)
