"""The eight networks of system 1: two kernels, and whether a convolution is stepped over."""

from __future__ import annotations

from functools import partial

import torch
from torch import nn
from torch.nn.functional import max_pool2d

from buffycoat.search.space.choices import InputChoice, LayerChoice

__all__ = ["published"]


class _Published(nn.Module):
    def __init__(self, n_classes: int) -> None:
        super().__init__()
        self.conv1 = _kernels("conv1", 3, 6)
        self.conv2 = _kernels("conv2", 6, 16)
        self.conv3 = nn.Conv2d(16, 16, 1)
        self.skip = InputChoice("skip", n_inputs=2)
        self.norm = nn.BatchNorm2d(16)
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.dense1 = nn.Linear(256, 120)
        self.dense2 = nn.Linear(120, 84)
        self.last = nn.Linear(84, n_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = max_pool2d(self.conv1(images).relu(), 2)
        x0 = self.conv2(x).relu()
        x1 = self.conv3(x0).relu()
        x = max_pool2d(self.norm(self.skip([x1, x1 + x0])), 2)
        x = self.dense1(self.pool(x).flatten(1)).relu()
        logits: torch.Tensor = self.last(self.dense2(x).relu())
        return logits


def _kernels(name: str, before: int, width: int) -> nn.Module:
    """Both keep height and width: the weighted sum of a shared network needs that."""
    sizes = {"3x3": 3, "5x5": 5}
    return LayerChoice(
        name,
        {
            said: partial(nn.Conv2d, before, width, size, padding=size // 2)
            for said, size in sizes.items()
        },
    )


def published(n_classes: int) -> nn.Module:
    """System 1's space: two kernels for each of two convolutions, and a skip; eight networks.

    `skip` is [0] for the third convolution alone, [1] for it with its input added.

    Args:
        n_classes: C.

    Source:
        The system's own space, which is the DARTS example of NNI 2 with other class numbers:
        https://github.com/microsoft/nni; the settings, not the code.
    """
    return _Published(n_classes)
