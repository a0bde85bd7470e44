"""What a user's own file may have brought is tried once before a training relies on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import torch

from buffycoat.augmentations.chosen import chain, each_batch, k_of_n
from buffycoat.augmentations.mixing import build_mixing
from buffycoat.augmentations.policies import build_policy
from buffycoat.augmentations.steps import read_steps
from buffycoat.errors import SettingError
from buffycoat.registry import Choice
from buffycoat.training.losses import build_loss
from buffycoat.training.schedules import build_schedule
from buffycoat.training.settings import TrainSettings

__all__ = ["try_parts"]

Result = TypeVar("Result")


def try_parts(settings: TrainSettings, n_classes: int) -> None:
    """Let pass settings whose augmentation, loss and schedule give what is asked of them.

    Raises:
        UnknownNameError: for a name that is not known.
        SettingError: for an argument that cannot be, or a part that fails or gives something else.
    """
    learning = settings.learning
    _try_schedule(learning.schedule)
    _try_loss(learning.loss, n_classes)
    for choice in _nested(settings.augmentation):
        _try_augmentation(choice, settings.images.image_px)
    build_mixing(settings.mixing)  # refuses what none does not take, too
    if settings.mixing.name != "none":
        _try_mixing(settings.mixing, learning.loss, n_classes)


def _try_schedule(choice: Choice) -> None:
    schedule = build_schedule(choice)
    for done in (0.0, 0.5, 1.0):
        share = _given(f"schedule {choice}", lambda done=done: float(schedule(done, ())))  # type: ignore[misc]
        if not (math.isfinite(share) and share >= 0):
            said = f"gives {share} when {done:.0%} are done, and a rate is 0 or more"
            raise SettingError(f"schedule {choice} {said}")


def _try_loss(choice: Choice, n_classes: int) -> None:
    weight, labels = torch.ones(n_classes), torch.arange(2) % n_classes
    loss = build_loss(choice, weight)
    logits = torch.zeros(2, n_classes, requires_grad=True)
    found = _given(f"loss {choice}", lambda: loss(logits, labels))
    if not isinstance(found, torch.Tensor) or found.ndim or not found.requires_grad:
        said = "gives no single number that depends on the logits: end it with .mean()"
        raise SettingError(f"loss {choice} {said}")


def _nested(choice: Choice) -> list[Choice]:
    """A policy, and before it those that it draws from: which of them a trial meets is chance."""
    given = choice.arguments.get("pipelines") if choice.name == each_batch.__name__ else None
    inner = map(Choice.parse, given) if isinstance(given, list) else ()
    return [*(deeper for one in inner for deeper in _nested(one)), choice]


def _try_augmentation(choice: Choice, image_px: tuple[int, int]) -> None:
    policy, images = build_policy(choice), torch.full((2, 3, *image_px), 0.5)
    _try_steps(choice, images)
    generator = torch.Generator().manual_seed(0)
    found = _given(f"augmentation {choice}", lambda: policy(images, generator))
    if not isinstance(found, torch.Tensor) or found.shape != images.shape:
        shape = tuple(getattr(found, "shape", ())) or type(found).__name__
        said = f"gives {shape} for images of shape {tuple(images.shape)}"
        raise SettingError(f"augmentation {choice} {said}: shapes must stay")
    if not found.isfinite().all():
        raise SettingError(f"augmentation {choice} gives numbers that are not finite")


def _try_steps(choice: Choice, images: torch.Tensor) -> None:
    """Every step of a policy that lists some, also those that seldom come."""
    given = choice.arguments.get("steps")
    if choice.name not in (chain.__name__, k_of_n.__name__) or given is None:
        return
    generator, full = torch.Generator().manual_seed(0), torch.ones(len(images))
    for said, step in zip(given, read_steps(given), strict=True):
        _given(f"step {said}", lambda step=step: step.operation(images, full, generator))  # type: ignore[misc]


def _try_mixing(choice: Choice, loss: Choice, n_classes: int) -> None:
    n = n_classes + 1  # another number, so that no loss takes the one for the other
    mixing, images = build_mixing(choice), torch.full((n, 3, 32, 32), 0.5)
    shares = torch.eye(n_classes)[torch.arange(n) % n_classes]
    generator = torch.Generator().manual_seed(0)
    _, mixed = _given(f"mixing {choice}", lambda: mixing(images, shares, generator))
    logits = torch.zeros(n, n_classes, requires_grad=True)
    try:
        _given(f"loss {loss}", lambda: build_loss(loss, None)(logits, mixed))
    except SettingError as error:
        said = f"mixing {choice.name} makes soft labels (N, C), and the loss takes none"
        raise SettingError(f"{said}: {error}") from error


def _given(what: str, call: Callable[[], Result]) -> Result:
    try:
        return call()
    except SettingError:
        raise
    except Exception as error:
        raise SettingError(f"{what} fails: {error!r}") from error
