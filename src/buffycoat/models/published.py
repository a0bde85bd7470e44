"""The published systems' own networks, and a small one of ours, all from scratch.

A model is a function `(*, n_classes, ...) -> nn.Module` from images (N, 3, H, W) to logits (N, C).
One that needs the image size takes `image_px`, (height, width).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import nn

from buffycoat.registry import Registry

__all__ = ["models", "pbc_cnn_1", "pbc_cnn_2", "resnet_nni", "searched_cnn", "small_cnn"]

models: Registry[Callable[..., nn.Module]] = Registry("model")


class _Searched(nn.Module):
    def __init__(self, n_classes: int, conv1_kernel: int, conv2_kernel: int, skip: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, conv1_kernel)
        self.conv2 = nn.Conv2d(6, 16, conv2_kernel)
        self.conv3 = nn.Conv2d(16, 16, 1)
        self.skip = skip
        self.norm = nn.BatchNorm2d(16)
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.dense = nn.Sequential(nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU())
        self.last = nn.Linear(84, n_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = nn.functional.max_pool2d(self.conv1(images).relu(), 2)
        x0 = self.conv2(x).relu()
        x1 = self.conv3(x0).relu()
        x = nn.functional.max_pool2d(self.norm(x1 + x0 if self.skip else x1), 2)
        found: torch.Tensor = self.last(self.dense(self.pool(x).flatten(1)))
        return found


@models.register
def searched_cnn(
    *, n_classes: int, conv1_kernel: int = 5, conv2_kernel: int = 3, skip: bool = False
) -> nn.Module:
    """The first system's searched network; the defaults are the choice that its search exported."""
    return _Searched(n_classes, conv1_kernel, conv2_kernel, skip)


def _normed(before: int, width: int, kernel: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(before, width, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(width))


class _Projection(nn.Module):
    """A bottleneck whose shortcut is always a projection."""

    def __init__(self, before: int, widths: Sequence[int], stride: int) -> None:
        super().__init__()
        a, b, c = widths
        self.body = nn.Sequential(
            _normed(before, a, 1, stride), nn.ReLU(), _normed(a, b, 3), nn.ReLU(), _normed(b, c, 1)
        )
        self.shortcut = _normed(before, c, 1, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.body(x) + self.shortcut(x))


@models.register
def resnet_nni(*, n_classes: int) -> nn.Module:
    """The first system's comparison network: three stages of three projection blocks."""
    layers: list[nn.Module] = [_normed(3, 64, 7, 2), nn.ReLU()]
    before = 64
    for widths, stride in (((64, 64, 128), 1), ((128, 128, 512), 2), ((256, 256, 1024), 2)):
        for _ in range(3):
            layers.append(_Projection(before, widths, stride))
            before = widths[-1]
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, n_classes)
    )


def _side(size: int, n_convolutions: int) -> int:
    """What is left of a side after unpadded 3 x 3 convolutions, each halved by pooling."""
    for _ in range(n_convolutions):
        size = (size - 2) // 2
    return size


def _conv(before: int, width: int) -> list[nn.Module]:
    return [nn.Conv2d(before, width, 3), nn.ReLU()]


@models.register
def pbc_cnn_1(*, n_classes: int, image_px: tuple[int, int] = (128, 128)) -> nn.Module:
    """The third system's first network: 205,656 parameters at 128 px with 8 classes."""
    n_flat = 32 * _side(image_px[0], 4) * _side(image_px[1], 4)
    return nn.Sequential(
        *_conv(3, 32), nn.MaxPool2d(2),
        *_conv(32, 32), nn.MaxPool2d(2), nn.Dropout(0.2),
        *_conv(32, 64), nn.MaxPool2d(2), nn.Dropout(0.3),
        *_conv(64, 32), nn.MaxPool2d(2), nn.Dropout(0.4),
        nn.Flatten(), nn.Linear(n_flat, 128), nn.ReLU(),
        nn.Linear(128, 80), nn.ReLU(), nn.Linear(80, n_classes),
    )  # fmt: skip


@models.register
def pbc_cnn_2(*, n_classes: int, image_px: tuple[int, int] = (128, 128)) -> nn.Module:
    """The third system's second network: 629,224 weights at 128 px, statistics counted."""
    n_flat = 64 * _side(image_px[0], 5) * _side(image_px[1], 5)
    return nn.Sequential(
        *_conv(3, 32), nn.BatchNorm2d(32), nn.MaxPool2d(2),
        *_conv(32, 256), nn.MaxPool2d(2),
        *_conv(256, 128), nn.BatchNorm2d(128), nn.MaxPool2d(2),
        *_conv(128, 128), nn.MaxPool2d(2),
        *_conv(128, 64), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(n_flat, 128), nn.ReLU(),
        nn.Linear(128, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, n_classes),
    )  # fmt: skip


class _Residual(nn.Module):
    def __init__(self, before: int, width: int, norm: Callable[[int], nn.Module]) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, width, 3, 2, 1, bias=False), norm(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), norm(width),
        )  # fmt: skip
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(2, ceil_mode=True), nn.Conv2d(before, width, 1, bias=False), norm(width)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.body(x) + self.shortcut(x))


@models.register
def small_cnn(
    *,
    n_classes: int,
    widths: Sequence[int] = (24, 48, 96, 160),
    norm: Literal["batch", "group"] = "batch",
) -> nn.Module:
    """A residual network of half a million parameters, for want of pretrained weights."""
    make: Callable[[int], nn.Module] = nn.BatchNorm2d
    if norm == "group":
        make = lambda width: nn.GroupNorm(8, width)  # noqa: E731
    stem = [nn.Conv2d(3, widths[0], 3, 1, 1, bias=False), make(widths[0]), nn.ReLU()]
    pairs = itertools.pairwise(widths)
    return nn.Sequential(
        *stem,
        *(_Residual(before, width, make) for before, width in pairs),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(widths[-1], n_classes),
    )
