"""What a policy is: changes of a whole batch in training, each image with its own draw."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Protocol

import torch

from buffycoat.registry import Choice, Registry

__all__ = ["Augmentation", "build_policy", "policies"]


class Augmentation(Protocol):
    """What a batch goes through."""

    def __call__(
        self, images: torch.Tensor, generator: torch.Generator, scale: float = 1.0
    ) -> torch.Tensor:
        """New images of the shape of images.

        Args:
            images: Float (N, 3, H, W) in [0, 1].
            generator: On the processor; the source of all draws.
            scale: How much of its strength, from 0 to 1.
        """
        ...


policies: Registry[Callable[..., torch.Tensor]] = Registry("augmentation policy")


def build_policy(choice: Choice) -> Augmentation:
    """The chosen policy with its arguments bound.

    A policy that knows no `scale` changes a share of the images instead.

    Raises:
        UnknownNameError: for a name that is no policy.
        SettingError: for an argument that it does not take.
    """
    policy = policies.checked(choice, "images", "generator", "scale")
    knows_scale = "scale" in inspect.signature(policy).parameters

    def augment(
        images: torch.Tensor, generator: torch.Generator, scale: float = 1.0
    ) -> torch.Tensor:
        if knows_scale and scale < 1:
            return policy(images, generator, scale=scale, **choice.arguments)
        changed = policy(images, generator, **choice.arguments)
        if scale >= 1:
            return changed
        chosen = (torch.rand(len(images), generator=generator) < scale).to(images.device)
        return torch.where(chosen[:, None, None, None], changed, images)

    return augment
