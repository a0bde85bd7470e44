"""The steps of an adaptation: their names, their order and what each does to a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast, get_args

import numpy as np

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.images.standards.smear import Standard
from buffycoat.models.network import Network
from buffycoat.pipeline.adaptation.names import STEPS
from buffycoat.pipeline.adaptation.settings import AdaptSettings
from buffycoat.pipeline.console import say
from buffycoat.prediction.adaptation.classes import (
    estimate_frequencies,
    expect_frequencies,
    keep_classes,
)
from buffycoat.prediction.adaptation.few_labels import fit_head, look_up_neighbours
from buffycoat.prediction.adaptation.norms import mix_statistics
from buffycoat.prediction.adaptation.tuning import self_train, tune
from buffycoat.prediction.predict import embed_rows, predict_rows

__all__ = ["Given", "apply_step", "plan_steps"]

_OF_IMAGES: tuple[str, ...] = get_args(Standard)
_WITH_LABELS = ("neighbours", "head", "fine-tuning")
_PLAIN = ("scale", "white", "stain", "batch-norm")
_FOR_STEP = {"share": "batch-norm", "stain_strength": "stain", "rounds": "self-training"}
_SHARE, _ROUNDS = 0.8, 5


@dataclass(frozen=True)
class Given:
    """What the steps on a network are made with; images are as it sees them, uint8 (., h, w, 3)."""

    pixels: np.ndarray
    """All images, or four thousand of them."""
    labelled: np.ndarray
    """The labelled images to learn from."""
    labels: np.ndarray
    """Their class ids among the classes that stay, int64."""
    kept: Sequence[int]
    """The classes that stay, by their ids in the run."""
    learned: np.ndarray
    """How often the run met each class that stays when it learned, up to a factor."""
    settings: AdaptSettings


def plan_steps(settings: AdaptSettings) -> tuple[tuple[Standard, ...], tuple[str, ...]]:
    """The standards to bring images to, and the steps on the network, in their order.

    Nothing asked is everything that is safe: the standards and batch norm, the classes where they
    are known, and a new head where there are labels.

    Raises:
        UnknownNameError: for a step that there is not.
        SettingError: for one that lacks classes or labels, or two heads.
    """
    asked, has_classes, has_labels = settings.steps, bool(settings.classes), settings.labelled > 0
    for name in asked:
        if name not in STEPS:
            raise UnknownNameError("step", name, STEPS)
    usual = (*_PLAIN, *["classes"] * has_classes, *["head"] * has_labels)
    chosen = tuple(name for name in STEPS if name in (asked or usual))
    _check_needs(chosen, settings)
    standards = cast(tuple[Standard, ...], tuple(n for n in chosen if n in _OF_IMAGES))
    return standards, tuple(n for n in chosen if n not in _OF_IMAGES)


def _check_needs(chosen: Sequence[str], settings: AdaptSettings) -> None:
    """Let pass steps that have what they need, and settings that a step takes.

    Raises:
        SettingError: for others, or two heads.
    """
    has_classes, has_labels = bool(settings.classes), settings.labelled > 0
    if "classes" in chosen and not has_classes:
        raise SettingError("step classes needs --classes: the types that occur in these images")
    for step in _WITH_LABELS:
        if step in chosen and not has_labels:
            raise SettingError(f"step {step} needs --labelled N: labelled images of each class")
    if {"neighbours", "head"} <= set(chosen):
        raise SettingError("neighbours and head are two heads: choose one")
    if {"neighbours", "fine-tuning"} <= set(chosen):
        said = "fine-tuning moves the features as which neighbours remembers its cells"
        raise SettingError(f"{said}: choose one, or head with fine-tuning")
    if has_labels and not set(_WITH_LABELS) & set(chosen):
        said = "--labelled takes images out of what is answered, and no step learns from them"
        raise SettingError(f"{said}: add neighbours, head or fine-tuning to --steps")
    if has_classes and not has_labels and "classes" not in chosen:
        raise SettingError("--classes are for the step classes: add it to --steps")
    for name, step in _FOR_STEP.items():
        if getattr(settings, name) is not None and step not in chosen:
            flag = name.replace("_", "-")
            raise SettingError(f"--{flag} is for the step {step}: add it to --steps")


def apply_step(name: str, network: Network, given: Given) -> dict[str, object]:
    """Make one step on the network, in place; what it found."""
    steps: Mapping[str, Callable[[Network, Given], dict[str, object]]] = {
        "batch-norm": _batch_norm,
        "classes": _classes,
        "frequencies": _frequencies,
        "self-training": _self_training,
        "neighbours": _neighbours,
        "head": _head,
        "fine-tuning": _fine_tuning,
    }
    return steps[name](network, given)


def _batch_norm(network: Network, given: Given) -> dict[str, object]:
    share = _SHARE if given.settings.share is None else given.settings.share
    n = mix_statistics(network, given.pixels, share)
    if not n:
        said = "the network has no batch norms, or there are too few images"
        say(f"note: batch-norm changed nothing: {said}", "yellow")
    return {"n_batch_norms": n, "share": share, "n_images": len(given.pixels)}


def _classes(network: Network, given: Given) -> dict[str, object]:
    keep_classes(network, given.kept)
    return {"n_classes": len(given.kept)}


def _frequencies(network: Network, given: Given) -> dict[str, object]:
    p = predict_rows(network, given.pixels, np.arange(len(given.pixels)), views="flips")
    found = estimate_frequencies(p, given.learned)
    expect_frequencies(network, found, given.learned)
    return {"frequencies": [round(float(share), 4) for share in found]}


def _self_training(network: Network, given: Given) -> dict[str, object]:
    rounds = given.settings.rounds or _ROUNDS
    self_train(network, given.pixels, rounds=rounds, seed=given.settings.seed)
    return {"n_images": len(given.pixels), "rounds": rounds}


def _features(network: Network, given: Given) -> np.ndarray:
    """Features of the labelled images, the mean over each and its mirror image (n, D)."""
    rows = np.arange(len(given.labelled))
    mirrored = np.ascontiguousarray(given.labelled[:, :, ::-1])
    both = [embed_rows(network, p, rows) for p in (given.labelled, mirrored)]
    return np.asarray((both[0] + both[1]) / 2)


def _neighbours(network: Network, given: Given) -> dict[str, object]:
    look_up_neighbours(network, _features(network, given), given.labels)
    return {"n_labelled": len(given.labels)}


def _head(network: Network, given: Given) -> dict[str, object]:
    fit_head(network, _features(network, given), given.labels)
    return {"n_labelled": len(given.labels)}


def _fine_tuning(network: Network, given: Given) -> dict[str, object]:
    tune(network, given.labelled, given.labels, seed=given.settings.seed)
    return {"n_labelled": len(given.labels)}
