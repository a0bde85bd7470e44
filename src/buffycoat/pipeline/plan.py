"""Choices made from the data, the device and the time, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from buffycoat.batches.sampling import Balance
from buffycoat.images.fit import ImageSettings
from buffycoat.pipeline.budget import Budget
from buffycoat.pipeline.choices import (
    ChosenNetwork,
    batch_size_of,
    choose_augmentation,
    choose_balance,
    choose_fit,
    choose_size,
    sizes_worth_trying,
)
from buffycoat.prediction.device import best_device
from buffycoat.tables.samples import SampleTable
from buffycoat.training.settings import LearningSettings, TrainSettings

__all__ = ["Plan", "PlannedChoice", "plan_training"]


@dataclass(frozen=True)
class PlannedChoice:
    """One choice of the plan."""

    choice: str
    """The setting."""
    value: str
    """What was chosen."""
    because: str
    """Why."""


@dataclass(frozen=True)
class Plan:
    """Settings for a training, and the reasons for them."""

    settings: TrainSettings
    """What to train with."""
    choices: tuple[PlannedChoice, ...]
    """Every choice that was made from the data."""

    def as_facts(self) -> list[Mapping[str, Any]]:
        """The choices as plain values, for `run.json`."""
        return [vars(choice) for choice in self.choices]


def plan_training(
    samples: SampleTable,
    budget: Budget,
    chosen: ChosenNetwork,
    *,
    around_cell: float = 0.0,
    seed: int = 0,
) -> Plan:
    """What to train with, for a split table and the time left.

    Args:
        samples: A split table.
        budget: The time of the whole command.
        chosen: The network.
        around_cell: Side of the square around the white cell, as a share of the image's shorter
            one; 0 takes the whole image.
        seed: What every draw depends on.
    """
    network, why = chosen.settings, chosen.because
    kind = "pretrained" if network.weights != "none" else "scratch"
    n_train = len(samples.usable.filter(pl.col("split") == "train"))
    sizes = sizes_worth_trying(samples, kind, around_cell or 1.0)
    image_px, epochs, why_time = choose_size(network, n_train, sizes, kind, budget)
    balance, why_balance = choose_balance(samples)
    fit, why_fit = choose_fit(samples, around_cell)
    augmentation, why_augmentation = choose_augmentation(kind)
    settings = TrainSettings(
        network=network,
        images=ImageSettings((image_px, image_px), fit, around_cell),
        learning=_learning(kind, epochs, balance, n_train),
        augmentation=augmentation,
        views="flips",
        seed=seed,
    )
    reasons = {
        "device": (str(best_device()), "the fastest one that this machine has"),
        "model": (network.model.name, why),
        "weights": (Path(network.weights).name, why),
        "image_px": (f"{image_px} x {image_px}", why_time),
        "fit": (fit, why_fit),
        "epochs": (str(epochs), why_time),
        "balance": (balance, why_balance),
        "augmentation": (augmentation.name, why_augmentation),
        "views": ("flips", "the mean over an image and its mirror images errs less"),
    }
    if around_cell:
        reasons["around_cell"] = (f"{around_cell:g}", "asked for")
    return Plan(settings, tuple(PlannedChoice(name, *said) for name, said in reasons.items()))


def _learning(kind: str, epochs: int, balance: Balance, n_train: int) -> LearningSettings:
    return LearningSettings(
        epochs=epochs,
        learning_rate=2e-3 if kind == "pretrained" else 4e-3,
        balance=balance,
        batch_size=batch_size_of(n_train),
    )
