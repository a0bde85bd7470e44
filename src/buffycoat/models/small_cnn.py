"""A small residual network of ours, for training from scratch on a processor."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

__all__ = ["named_parts", "small_cnn"]

Norm = Literal["batch", "group"]


class _Residual(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut; stride 2 halves height and width."""

    def __init__(self, before: int, width: int, stride: int, norm: Norm) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.norm1 = _norm(norm, width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm2 = _norm(norm, width)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or before != width:
            # Pooling first keeps what a strided 1 x 1 convolution would throw away.
            pooled = nn.AvgPool2d(stride, ceil_mode=True)
            self.shortcut = nn.Sequential(pooled, nn.Conv2d(before, width, 1, bias=False))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        inner = torch.relu(self.norm1(self.conv1(maps)))
        return torch.relu(self.norm2(self.conv2(inner)) + self.shortcut(maps))


def small_cnn(
    *, n_classes: int, width: int = 32, norm: Norm = "batch", dropout: float = 0.0
) -> nn.Module:
    """A compact residual network of ours: 0.3 million parameters, images of any size.

    Args:
        n_classes: C.
        width: Channels of the first stage, a multiple of 8; the last one has four times as many.
        norm: batch, or group (which does not depend on the other images of a batch).
        dropout: Share of the features that is left out in training.
    """
    if norm not in ("batch", "group"):
        raise ValueError(f"norm is {norm!r}; it must be batch or group")
    if width < 8 or width % 8:
        raise ValueError(f"width is {width}; it must be a multiple of 8")
    stem = nn.Sequential(nn.Conv2d(3, width, 3, 2, 1, bias=False), _norm(norm, width), nn.ReLU())
    return named_parts(
        stem=stem,
        stage1=_Residual(width, width, 1, norm),
        stage2=_Residual(width, width * 2, 2, norm),
        stage3=_Residual(width * 2, width * 4, 2, norm),
        pool=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout)),
        last=nn.Linear(width * 4, n_classes),
    )


def named_parts(**parts: nn.Module) -> nn.Sequential:
    """The parts one after another, each under its name, which blocks take over."""
    whole = nn.Sequential()
    for name, part in parts.items():
        whole.add_module(name, part)
    return whole


def _norm(norm: Norm, width: int) -> nn.Module:
    return nn.BatchNorm2d(width) if norm == "batch" else nn.GroupNorm(8, width)
