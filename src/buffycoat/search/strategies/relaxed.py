"""Choices as weights that learn: what DARTS and Gumbel-softmax have in common."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from buffycoat.errors import SettingError, SpaceError
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.architecture_weights import ArchitectureWeights, Mix
from buffycoat.search.strategies.attempt import failure, seeded
from buffycoat.search.strategies.budget import Meter, SearchBudget
from buffycoat.search.strategies.shared_training import SharedTraining, forever
from buffycoat.search.strategies.strategy import Scored, SearchTask, key_of
from buffycoat.training.seeds import seed_of

__all__ = ["Course", "search_relaxed"]


@dataclass(frozen=True)
class Course:
    """How long and how fast a search by architecture weights learns."""

    strategy: str
    """The name of the strategy."""
    epochs: int
    """At most."""
    rate: float
    """Highest learning rate of the network's weights."""
    architecture_rate: float
    """Learning rate of the architecture's weights."""
    patience: int
    """Epochs with the same option ahead in every choice after which it ends; 0 never ends early."""

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.patience < 0:
            said = f"epochs is {self.epochs} and patience {self.patience}"
            raise SettingError(f"{said}: at least one epoch, and a patience of 0 or more")
        if not 0 < self.architecture_rate < math.inf:
            said = f"architecture_rate is {self.architecture_rate}"
            raise SettingError(f"{said}: it must be above 0")


class _Relaxed:
    """A search by architecture weights, epoch by epoch."""

    def __init__(
        self,
        space: Space,
        task: SearchTask,
        mix: Mix,
        course: Course,
        seed: int,
        drawn: Mix | None = None,
    ) -> None:
        self.mix, self.course, self.task, self.seed = mix, course, task, seed
        self.space, self.drawn = space, drawn or mix
        self.weights = ArchitectureWeights(space, task.device, seed_of(seed, 1))
        self.shared = SharedTraining(space, task, rate=course.rate, seed=seed_of(seed, 2))
        self.optimizer = torch.optim.Adam(
            self.weights.of.values(), lr=course.architecture_rate, betas=(0.5, 0.999)
        )
        self.history: list[Architecture] = []
        self._refuse_what_cannot_be_mixed()

    def _refuse_what_cannot_be_mixed(self) -> None:
        network = self.shared.network.eval()
        with torch.no_grad(), seeded(self.seed):
            network.set(self.weights.probabilities(self.mix, 0.0))
            try:
                network(torch.zeros(2, 3, *self.space.image_px, device=self.task.device))
            except SpaceError as error:
                name = self.course.strategy
                raise SpaceError(f"{name} cannot search {self.space.name}: {error}") from error

    @property
    def n_done(self) -> int:
        """Epochs that are over."""
        return len(self.history)

    @property
    def is_settled(self) -> bool:
        """Whether the same options have been ahead for as many epochs as patience asks."""
        last, patience = self.history[-1:], self.course.patience
        return bool(patience) and self.history[-patience:] == last * patience

    def epoch(self, n_planned: int, meter: Meter) -> None:
        """One epoch of both halves of the rows in turn; it stops where the time is over.

        Raises:
            FloatingPointError: when no step had a finite loss.
        """
        number, n_steps = self.n_done, self.task.n_batches("weights")
        held_out = forever(self.task, "architecture", seed_of(self.seed, 3, number))
        with seeded(seed_of(self.seed, 4, number)):
            self.shared.network.train()
            for step, batch in enumerate(
                self.task.batches("weights", seed_of(self.seed, 5, number))
            ):
                done = (number + step / n_steps) / n_planned
                self._learn_choice(next(held_out), done)
                self.shared.network.set(self._probabilities(done, learns=False))
                self.shared.step(batch, done)
                if meter.is_over:
                    break
        self.shared.check()
        self.history.append(self.space.active(self.weights.ahead))

    def _learn_choice(self, batch: tuple[torch.Tensor, torch.Tensor], done: float) -> None:
        """One step of the architecture's weights, the network's as they are (first order)."""
        network = self.shared.network
        learning = [one for one in network.parameters() if one.requires_grad]
        _hold(learning, fast=True)
        network.set(self._probabilities(done, learns=True))
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.shared.loss(batch)
        if bool(loss.isfinite()):
            loss.backward()  # type: ignore[no-untyped-call]
            if all(
                w.grad is None or bool(w.grad.isfinite().all()) for w in self.weights.of.values()
            ):
                self.optimizer.step()
        _hold(learning, fast=False)

    def _probabilities(self, done: float, *, learns: bool) -> dict[str, torch.Tensor]:
        with torch.set_grad_enabled(learns):
            return self.weights.probabilities(self.mix if learns else self.drawn, done)

    def scored_before(self) -> Iterator[Scored]:
        """What was ahead before and is no more, with the shared weights as they are now."""
        before = {key_of(one): one for one in self.history}
        before.pop(key_of(self.history[-1]))
        for one in self.shared.score_asked(tuple(before.values())):
            yield replace(one, how="shared")

    def scored(self) -> tuple[Architecture, float, str]:
        """What is ahead, its score with the shared weights, and why it has none."""
        architecture = self.space.active(self.weights.ahead)
        return architecture, *self.shared.score(architecture)


def _hold(parameters: Iterable[torch.Tensor], *, fast: bool) -> None:
    for one in parameters:
        one.requires_grad_(not fast)


def search_relaxed(
    space: Space,
    task: SearchTask,
    mix: Mix,
    course: Course,
    *,
    seed: int,
    budget: SearchBudget,
    asked: Sequence[Architecture] = (),
    drawn: Mix | None = None,
) -> Iterator[Scored]:
    """What is ahead after every epoch, as interim; in the end, all that ever was.

    That with the weights as they are then: the best of it is chosen. The search ends when its
    epochs or its time are over, or when the choice has settled. The space is refused before
    anything is trained.

    Args:
        space: Where the architectures are from.
        task: What has the rows.
        mix: From architecture weights to the probabilities that they learn by.
        course: How long and how fast.
        seed: What first weights and batches depend on.
        budget: Its seconds; trials there are none.
        asked: Architectures that are scored in the end as well.
        drawn: To those that the network's weights learn by; the same when not given.

    Raises:
        SpaceError: for a space that cannot share weights; it names the choice.
    """
    search = _Relaxed(space, task, mix, course, seed, drawn)
    return _epochs(search, Meter(replace(budget, n_trials=None)), asked)


def _epochs(search: _Relaxed, meter: Meter, asked: Sequence[Architecture]) -> Iterator[Scored]:
    while True:
        began = meter.start()
        left = meter.most(search.course.epochs - search.n_done)
        try:
            search.epoch(search.n_done + max(1, left), meter)
        except Exception as error:
            architecture = search.space.active(search.weights.ahead)
            yield Scored(architecture, math.nan, meter.stop(began), "shared", failure(error))
            return
        architecture, score, reason = search.scored()
        seconds = meter.stop(began)
        is_last = search.n_done == search.course.epochs or search.is_settled or not meter.allows()
        yield Scored(architecture, score, seconds, "shared" if is_last else "interim", reason)
        if is_last:
            yield from search.scored_before()
            yield from search.shared.score_asked(asked)
            return
