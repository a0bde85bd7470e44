"""A network: backbone, head and the preprocessing of its weights, so that they cannot part."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import torch
from torch import nn

from buffycoat.models.blocks import named_blocks

__all__ = ["Network"]


class Network(nn.Module):
    """Logits (N, C) from images (N, 3, H, W): uint8, or float in [0, 1].

    Args:
        backbone: Images to features (N, D).
        head: Features to logits (N, C).
        mean: Of each channel, for images in [0, 1].
        std: Of each channel.
        n_features: D.
        n_classes: C.
        facts: Name, source, origin and licence of the weights, record of the input.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(
        self,
        backbone: nn.Module,
        head: nn.Module,
        *,
        mean: Sequence[float],
        std: Sequence[float],
        n_features: int,
        n_classes: int,
        facts: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.backbone, self.head = backbone, head
        self.register_buffer("mean", torch.tensor(mean).float().view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).float().view(1, 3, 1, 1))
        self.n_features, self.n_classes = n_features, n_classes
        self.facts: dict[str, Any] = dict(facts or {})
        self._still: list[nn.Module] = []

    def normalised(self, images: torch.Tensor) -> torch.Tensor:
        """Images as the weights expect them, (N, 3, H, W): by mean and standard deviation."""
        scaled = images.to(self.mean.dtype)
        if images.dtype == torch.uint8:
            scaled = scaled / 255
        return (scaled - self.mean) / self.std

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Features (N, D)."""
        found: torch.Tensor = self.backbone(self.normalised(images))
        return found

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (N, C)."""
        logits: torch.Tensor = self.head(self.features(images))
        return logits

    def blocks(self) -> dict[str, list[str]]:
        """The parameter names of each named block from input to output, the `head` last.

        A network that was not cut has no head of its own that could learn.
        """
        found = named_blocks(self.backbone)
        named = {block: [f"backbone.{name}" for name in names] for block, names in found.items()}
        head = [f"head.{name}" for name, _ in self.head.named_parameters()]
        return {**named, "head": head} if head else named

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """What was missing and unknown; a plain mapping will do, where some networks ask versions.

        Raises:
            RuntimeError: when names, if strict, or shapes differ.
        """
        versioned = OrderedDict(state_dict)
        versioned._metadata = self.state_dict()._metadata  # type: ignore[attr-defined]
        return super().load_state_dict(versioned, strict, assign)

    def keep_still(self, modules: Iterable[nn.Module]) -> None:
        """Hold these modules, and no others, in evaluation mode while the rest trains."""
        self._still = list(modules)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Training or evaluation mode, but for what is kept still."""
        super().train(mode)
        for module in self._still:
            module.eval()
        return self
