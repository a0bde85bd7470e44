"""The training of a network whose weights all architectures share, and what one scores with it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from buffycoat.errors import SettingError, first_line
from buffycoat.models.depthwise import quicken_depthwise
from buffycoat.search.optimizer import adamw, set_rate
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.shared import SharedNetwork
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.attempt import failure, seeded
from buffycoat.search.strategies.strategy import Part, Scored, SearchTask
from buffycoat.training.schedules import one_cycle
from buffycoat.training.seeds import seed_of

__all__ = ["SharedTraining", "forever"]

Batch = tuple[torch.Tensor, torch.Tensor]

_LARGEST_GRADIENT = 5.0  # as in DARTS: the norm that gradients are cut to
_WEIGHT_DECAY = 0.01
_N_BATCHES = 8
"""For the statistics of norms, before an architecture is scored."""


class SharedTraining:
    """A shared network, its optimiser, and the batches for the statistics of its norms.

    Args:
        space: Where the architectures are from.
        task: What has the rows.
        rate: Highest learning rate of AdamW; its course is one cycle.
        seed: What first weights and batches depend on.

    Raises:
        SettingError: for a rate that cannot be.
        SpaceError: for a space that cannot share weights; it names the choice.
    """

    def __init__(self, space: Space, task: SearchTask, *, rate: float, seed: int) -> None:
        if not 0 < rate < math.inf:
            raise SettingError(f"rate is {rate}: it must be above 0")
        self.task, self.rate, self.seed = task, rate, seed
        with seeded(seed):
            network = SharedNetwork(space)
        quicken_depthwise(network)
        self.network: SharedNetwork = network.to(task.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = adamw(self.network, rate, _WEIGHT_DECAY)
        self.n_steps = self.n_bad = 0
        self._reason = ""
        self._kept: list[Batch] = []

    def loss(self, batch: Batch) -> torch.Tensor:
        """The cross-entropy of a batch, by the probabilities that the network was given."""
        images, labels = batch
        with self.task.autocast():
            logits = self.network(images)
        return F.cross_entropy(logits.float(), labels)

    def step(self, batch: Batch, done: float) -> None:
        """One step of the weights; a loss that is not finite changes nothing and is counted.

        Args:
            batch: Images (N, 3, H, W) and class ids (N,).
            done: How much of the training is done, 0 to 1.
        """
        set_rate(self.optimizer, self.rate * one_cycle(done))
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), _LARGEST_GRADIENT)
        self.n_steps += 1
        if math.isfinite(float(loss.detach())) and math.isfinite(float(norm)):
            self.optimizer.step()
        else:
            self.n_bad += 1

    def skip(self, error: Exception) -> None:
        """Count a step of one path that failed among others."""
        self.n_steps, self.n_bad = self.n_steps + 1, self.n_bad + 1
        self._reason = self._reason or _failure_of_one(error)

    def check(self) -> None:
        """Let pass where the network learned something since the last call.

        Raises:
            FloatingPointError: when no step had a finite loss.
        """
        if self.n_steps and self.n_bad == self.n_steps:
            said = "the loss of the shared network was not finite in any step"
            raise FloatingPointError(self._reason or said)
        self.n_steps = self.n_bad = 0
        self._reason = ""

    def score(self, architecture: Architecture) -> tuple[float, str]:
        """The validation figure of an architecture with the shared weights, or NaN and why.

        The statistics of norms are taken anew, of this architecture alone.

        Source:
            Guo et al., Single path one-shot neural architecture search with uniform sampling, ECCV
            2020, section 3.4.
        """
        try:
            with seeded(self.seed):
                network = self.network.inherit(architecture).to(self.task.device)
                self._renew_norms(network)
                score = self.task.validate(network)
        except Exception as error:
            return math.nan, _failure_of_one(error)
        return (score, "") if math.isfinite(score) else (math.nan, "no finite answer")

    def score_asked(self, asked: Sequence[Architecture]) -> Iterator[Scored]:
        """The scores of some architectures, whatever the search makes of them."""
        for architecture in asked:
            began = time.monotonic()
            score, reason = self.score(architecture)
            yield Scored(architecture, score, time.monotonic() - began, "asked", reason)

    def _renew_norms(self, network: nn.Module) -> None:
        norms = [m for m in network.modules() if isinstance(m, _BatchNorm)]
        if not norms:
            return
        if not self._kept:
            batches = self.task.batches("weights", seed_of(self.seed, 7))
            self._kept = [batch for _, batch in zip(range(_N_BATCHES), batches, strict=False)]
        network.eval()
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain mean over all batches
            norm.train()
        with torch.no_grad(), self.task.autocast():
            for images, _ in self._kept:
                network(images)


def _failure_of_one(error: Exception) -> str:
    """Why one architecture among others has no score."""
    try:
        return failure(error)
    except Exception as other:
        return f"the network fails: {first_line(other)}"


def forever(task: SearchTask, part: Part, seed: int) -> Iterator[Batch]:
    """Batches of one part, epoch after epoch."""
    epoch = 0
    while True:
        yield from task.batches(part, seed_of(seed, epoch))
        epoch += 1
