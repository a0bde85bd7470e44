"""A small residual network of ours, for training from scratch on a processor."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

__all__ = ["ResidualBlock", "small_cnn"]

Norm = Literal["batch", "group"]


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut, halving height and width where stride is 2."""

    def __init__(self, n_in: int, n_out: int, stride: int, norm: Norm) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.norm1 = _norm(norm, n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.norm2 = _norm(norm, n_out)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or n_in != n_out:
            # Pooling first keeps what a strided 1 x 1 convolution would throw away.
            pooled = nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity()
            self.shortcut = nn.Sequential(pooled, nn.Conv2d(n_in, n_out, 1, bias=False))
        self.activation = nn.ReLU(inplace=True)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Maps (N, n_out, H / stride, W / stride)."""
        inner = self.activation(self.norm1(self.conv1(images)))
        summed: torch.Tensor = self.norm2(self.conv2(inner)) + self.shortcut(images)
        return self.activation(summed)  # type: ignore[no-any-return]


def small_cnn(
    *, n_classes: int, width: int = 32, norm: Norm = "batch", dropout: float = 0.0
) -> nn.Module:
    """A compact residual network from scratch: about 0.4 million parameters, any image size.

    Args:
        n_classes: C.
        width: Channels of the first stage; the last one has four times as many.
        norm: batch, or group (which does not depend on the other images of a batch).
        dropout: Share of the features that is left out in training.
    """
    if norm not in ("batch", "group"):
        raise ValueError(f"norm is {norm!r}; it must be batch or group")
    if width < 8 or width % 8:
        raise ValueError(f"width is {width}; it must be a multiple of 8")
    stem = nn.Sequential(
        nn.Conv2d(3, width, 3, 2, 1, bias=False), _norm(norm, width), nn.ReLU(inplace=True)
    )
    stages = nn.Sequential(
        ResidualBlock(width, width, 1, norm),
        ResidualBlock(width, width * 2, 2, norm),
        ResidualBlock(width * 2, width * 4, 2, norm),
    )
    pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout))
    parts = {"stem": stem, "stages": stages, "pool": pool, "head": nn.Linear(width * 4, n_classes)}
    return _named(parts)


def _named(parts: dict[str, nn.Module]) -> nn.Sequential:
    whole = nn.Sequential()
    for name, part in parts.items():
        whole.add_module(name, part)
    return whole


def _norm(norm: Norm, width: int) -> nn.Module:
    return nn.BatchNorm2d(width) if norm == "batch" else nn.GroupNorm(8, width)
