"""What a batch is made into, and the loss of what a network answers to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import nn

from buffycoat.augmentations.mixing import Mixing, build_mixing
from buffycoat.augmentations.policies import Augmentation, build_policy
from buffycoat.models.network import Network
from buffycoat.training.losses import Loss, build_loss
from buffycoat.training.settings import TrainSettings

__all__ = ["Objective", "build_objective"]


@dataclass(frozen=True)
class Objective:
    """Augmentation, mixing, loss and penalties of a training."""

    augment: Augmentation
    mix: Mixing | None
    """None mixes nothing: labels stay class ids."""
    loss: Loss
    l1: float = 0.0
    l2: float = 0.0
    l2_on: Literal["all", "head"] = "all"
    """Whose weights `l2` holds small."""
    curriculum: float = 0.0
    """Share of the training in which augmentation and mixing grow."""

    def batch(
        self, images: torch.Tensor, labels: torch.Tensor, n_classes: int, seed: int, done: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Images float (N, 3, H, W), channels last, and labels (N,) or (N, C).

        Args:
            images: uint8 (N, 3, H, W).
            labels: Class ids (N,).
            n_classes: C.
            seed: What all draws depend on.
            done: How much of the training is done, 0 to 1.
        """
        generator = torch.Generator().manual_seed(seed)
        scale = min(1.0, done / self.curriculum) if self.curriculum else 1.0
        changed = self.augment(images.float().div_(255), generator, scale)
        if self.mix:
            shares = F.one_hot(labels, n_classes).float()
            changed, labels = self.mix(changed, shares, generator, scale)
        return changed.contiguous(memory_format=torch.channels_last), labels

    def value(self, logits: torch.Tensor, labels: torch.Tensor, network: Network) -> torch.Tensor:
        """The loss of logits (N, C), with the penalties of the weights that learn."""
        found = self.loss(logits, labels)
        if self.l1 or self.l2:
            squared = network.head if self.l2_on == "head" else network
            found = found + self.l1 * sum(p.abs().sum() for p in _learning(network))
            found = found + self.l2 * sum(p.square().sum() for p in _learning(squared))
        return found


def _learning(module: nn.Module) -> list[nn.Parameter]:
    """Weights that learn, without biases and the scales of norms."""
    return [p for p in module.parameters() if p.requires_grad and p.ndim > 1]


def build_objective(settings: TrainSettings, weights: torch.Tensor | None) -> Objective:
    """The objective of the settings.

    Args:
        settings: How to train.
        weights: Of each class (C,), or None.

    Raises:
        UnknownNameError: for a name that is not known.
        SettingError: for an argument that cannot be.
    """
    learning = settings.learning
    mixes = settings.mixing.name != "none"
    return Objective(
        build_policy(settings.augmentation),
        build_mixing(settings.mixing) if mixes else None,
        build_loss(learning.loss, weights),
        learning.l1,
        learning.l2,
        learning.l2_on,
        settings.curriculum,
    )
