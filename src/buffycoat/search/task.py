"""Trains and scores networks on stored images: what a search asks of the data."""

from __future__ import annotations

import contextlib
import copy
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import balanced_accuracy_score
from torch import nn

from buffycoat.augmentations.policies import build_policy
from buffycoat.batches.loader import Batch, Batches, as_images
from buffycoat.errors import SettingError
from buffycoat.models.depthwise import quicken_depthwise
from buffycoat.prediction.device import Precision, autocast, best_device, resolve_precision
from buffycoat.prediction.memory import keep_memory
from buffycoat.registry import Choice
from buffycoat.search.halves import halve
from buffycoat.search.optimizer import adamw, set_rate
from buffycoat.search.strategies.strategy import Part
from buffycoat.training.data import TrainingData
from buffycoat.training.schedules import one_cycle
from buffycoat.training.seeds import seed_of

__all__ = ["TaskSettings", "TrainingTask"]

_MEAN = _STD = 0.5  # what a network of one's own is given in every training of Buffycoat
_AT_ONCE = 256


@dataclass(frozen=True)
class TaskSettings:
    """How each network of a search is trained and scored."""

    epochs: float = 5
    """Epochs of one trial; a part of one is made of so many of its batches, one at least."""
    batch_size: int = 64
    """Images in a batch."""
    learning_rate: float = 2e-3
    """Highest learning rate of AdamW; its course is one cycle."""
    weight_decay: float = 0.01
    """Of AdamW, on everything but biases and norms."""
    augmentation: Choice = field(default_factory=lambda: Choice("light"))
    """What training images go through."""
    figure: Literal["accuracy", "balanced_accuracy"] = "accuracy"
    """What validation rows are scored by."""
    precision: Precision = "auto"
    """Arithmetic: auto is bfloat16 where the device has it."""
    architecture_share: float = 0.5
    """Share of the training rows that the choice is learned on where weights are shared."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "learning_rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise SettingError(f"{name} is {getattr(self, name)}: it must be above 0")
        if not 0 <= self.weight_decay < math.inf:
            raise SettingError(f"weight_decay is {self.weight_decay}: it must be 0 or more")
        if not 0 < self.architecture_share < 1:
            said = f"architecture_share is {self.architecture_share}"
            raise SettingError(f"{said}: it is a share of the training rows, between 0 and 1")


class TrainingTask:
    """Trains on the training rows and scores on the validation rows; test rows are not known.

    Args:
        data: The rows and their class ids.
        n_classes: C.
        settings: How to train.
        seed: What the halves of the training rows depend on.
        device: Where; the best there is when not given.
        deadline: When trainings have to be over, in the seconds of `time.monotonic`.
    """

    def __init__(
        self,
        data: TrainingData,
        n_classes: int,
        *,
        settings: TaskSettings | None = None,
        seed: int = 0,
        device: torch.device | None = None,
        deadline: float = math.inf,
    ) -> None:
        self.data, self.n_classes, self.seed = data, n_classes, seed
        self.settings = settings or TaskSettings()
        self.device, self.deadline = device or best_device(), deadline
        self._precision = resolve_precision(self.settings.precision, self.device)
        self._augment = build_policy(self.settings.augmentation)
        # In memory once: a search reads every image hundreds of times.
        self._train = np.ascontiguousarray(data.pixels[data.train_rows])
        self._validation = np.ascontiguousarray(data.pixels[data.validation_rows])

    def with_epochs(self, epochs: float) -> TrainingTask:
        """The same task on the same images, each training of so many epochs."""
        other = copy.copy(self)
        other.settings = replace(self.settings, epochs=epochs)
        return other

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """The context in which networks compute."""
        return autocast(self._precision, self.device)

    def score(self, network: nn.Module, seed: int) -> float:
        """The figure of the validation rows after a training from scratch, by one cycle of AdamW.

        Args:
            network: Images float (N, 3, H, W) to logits (N, C); it is changed in place.
            seed: What order, augmentation and dropout depend on.

        Raises:
            FloatingPointError: when the loss is not finite.
            TimeoutError: when the deadline comes before the end.
        """
        keep_memory()
        self._place(network)
        quicken_depthwise(network)
        self._learn(network.train(), seed)
        return self.validate(network)

    def _learn(self, network: nn.Module, seed: int) -> None:
        kept = self.settings
        optimizer = adamw(network, kept.learning_rate, kept.weight_decay)
        rows = np.arange(len(self._train))
        n_batches = len(self._batches(rows, 0))
        n_steps = max(1, round(kept.epochs * n_batches))
        done, began = 0, time.monotonic()
        for epoch in range(math.ceil(n_steps / n_batches)):
            losses = []
            for images, labels in islice(self._epoch(rows, (seed, epoch)), n_steps - done):
                set_rate(optimizer, kept.learning_rate * one_cycle(done / n_steps))
                with self.autocast():
                    logits = network(images)
                loss = F.cross_entropy(logits.float(), labels)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                losses.append(loss.detach())
                done += 1
                if time.monotonic() > self.deadline:
                    said = f"the time was over after {round(100 * done / n_steps)}% of its training"
                    whole = (time.monotonic() - began) * n_steps / done
                    raise TimeoutError(f"{said}, which takes about {whole:.2g} s")
            if not bool(torch.stack(losses).isfinite().all()):
                raise FloatingPointError(f"the loss was not finite in epoch {epoch + 1}")

    def validate(self, network: nn.Module) -> float:
        """The figure of the validation rows, 0 to 1, with the weights as they are."""
        labels, predicted = self.data.validation_labels, self.answer(network).argmax(1)
        if self.settings.figure == "balanced_accuracy":
            return float(balanced_accuracy_score(labels, predicted))
        return float((labels == predicted).mean())

    def answer(self, network: nn.Module, pixels: np.ndarray | None = None) -> np.ndarray:
        """Logits (N, C), float32, of images (N, H, W, 3), uint8; of the validation rows by default.

        Raises:
            FloatingPointError: when they are not finite.
        """
        pixels = self._validation if pixels is None else pixels
        self._place(network).eval()
        answers = []
        with torch.inference_mode(), self.autocast():
            for start in range(0, len(pixels), _AT_ONCE):
                images = as_images(pixels[start : start + _AT_ONCE]).to(self.device)
                answers.append(network(_normalised(images.float().div_(255))).float())
        logits = torch.cat(answers).cpu()
        if not bool(logits.isfinite().all()):
            raise FloatingPointError("the network's answers are not finite")
        found: np.ndarray = logits.numpy()
        return found

    def _place(self, network: nn.Module) -> nn.Module:
        return network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    def batches(self, part: Part, seed: int) -> Iterator[Batch]:
        """One epoch of one half of the training rows, divided by group.

        Args:
            part: `weights` or `architecture`.
            seed: What order and augmentation depend on.

        Raises:
            SplitError: when the training rows are of one group alone.
        """
        keep_memory()
        return self._epoch(self._halves[part], (self.seed, seed))

    def n_batches(self, part: Part) -> int:
        """How many batches one epoch of a half has."""
        return len(self._batches(self._halves[part], 0))

    @cached_property
    def _halves(self) -> dict[Part, np.ndarray]:
        held_out = halve(
            self.data.train_labels, self.data.groups, self.settings.architecture_share, self.seed
        )
        return {"weights": np.flatnonzero(~held_out), "architecture": np.flatnonzero(held_out)}

    def _epoch(self, rows: np.ndarray, seed: tuple[int, int]) -> Iterator[Batch]:
        """Images float (N, 3, H, W), augmented and normalised, and class ids (N,)."""
        mixed = seed_of(*seed)
        draws = torch.Generator().manual_seed(mixed)
        for images, labels in self._batches(rows, mixed):
            there = images.to(self.device).float().div_(255)
            changed = _normalised(self._augment(there, draws))
            yield changed.contiguous(memory_format=torch.channels_last), labels.to(self.device)

    def _batches(self, rows: np.ndarray, seed: int) -> Batches:
        labels = self.data.train_labels[rows]
        return Batches(self._train, rows, labels, self.settings.batch_size, seed=seed)


def _normalised(images: torch.Tensor) -> torch.Tensor:
    return (images - _MEAN) / _STD
