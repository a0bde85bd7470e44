"""Small plain networks: 7,776 of them, for a search that a processor can do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn

from buffycoat.search.space.choices import InputChoice, LayerChoice, Repeat, ValueChoice
from buffycoat.search.space.layers import BatchNorm2d, Conv2d, GroupNorm, Linear

__all__ = ["small"]

_NORMS = ("batch", "group", "none")
_GROUPS = 8  # divides every width


def _convolution(before: Any, width: Any, kernel: Any, norm: str, stride: int = 1) -> nn.Sequential:
    """Convolution, norm and ReLU."""
    norms: dict[str, Callable[[], nn.Module]] = {
        "batch": lambda: BatchNorm2d(width),
        "group": lambda: GroupNorm(_GROUPS, width),
        "none": nn.Identity,
    }
    conv = Conv2d(before, width, kernel, stride=stride, padding=kernel // 2, bias=norm == "none")
    return nn.Sequential(conv, norms[norm](), nn.ReLU())


class _Stage(nn.Module):
    """One to three convolutions of one width, kernel and norm, stepped over or not."""

    def __init__(self, name: str, width: Any) -> None:
        super().__init__()
        kernel = ValueChoice(f"{name}.kernel", [3, 5])
        candidates = {norm: partial(_blocks, width, kernel, norm) for norm in _NORMS}
        self.blocks = LayerChoice(f"{name}.norm", candidates)
        self.skip = InputChoice(f"{name}.skip", n_inputs=2)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        found = self.blocks(maps)
        chosen: torch.Tensor = self.skip([found, found + maps])
        return chosen


def _blocks(width: Any, kernel: Any, norm: str) -> nn.Module:
    return Repeat("depth", lambda _: _convolution(width, width, kernel, norm), [1, 2, 3])


class _Small(nn.Module):
    def __init__(self, n_classes: int) -> None:
        super().__init__()
        width = ValueChoice("width", [16, 32, 48])
        pools = {"max": lambda: nn.MaxPool2d(2), "average": lambda: nn.AvgPool2d(2)}
        self.stem = _convolution(3, width, 3, "batch", stride=2)
        self.halve = LayerChoice("pool", pools)
        self.stage1 = _Stage("stage1", width)
        self.widen = _convolution(width, width * 2, 3, "batch", stride=2)
        self.stage2 = _Stage("stage2", width * 2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.last = Linear(width * 2, n_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        maps = self.stage1(self.halve(self.stem(images)))
        maps = self.stage2(self.widen(maps))
        logits: torch.Tensor = self.last(self.pool(maps).flatten(1))
        return logits


def small(n_classes: int) -> nn.Module:
    """Two stages of plain convolutions: width and pooling; each stage's kernel, norm, depth, skip.

    7,776 networks of 17 thousand to 0.9 million parameters; images of any size from 16 px.

    Args:
        n_classes: C.
    """
    return _Small(n_classes)
