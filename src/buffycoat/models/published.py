"""The published systems' own networks, from scratch, and the registry that holds ours.

A model is a function `(*, n_classes, ...) -> nn.Module` from images (N, 3, H, W) to logits (N, C).
One that needs the image size takes `image_px`, (height, width).

Source: the five public systems that docs/architecture.md names by number; their settings, not
their code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

from buffycoat.models.small_cnn import named_parts, small_cnn
from buffycoat.registry import Registry

__all__ = ["models", "pbc_cnn_1", "pbc_cnn_2", "resnet_nni", "searched_cnn"]

models: Registry[Callable[..., nn.Module]] = Registry("model")
models.register(small_cnn)


class _Searched(nn.Module):
    def __init__(
        self, n_classes: int, conv1_kernel: int, conv2_kernel: int, skip: bool, padded: bool
    ) -> None:
        super().__init__()
        paddings = [kernel // 2 if padded else 0 for kernel in (conv1_kernel, conv2_kernel)]
        self.conv1 = nn.Conv2d(3, 6, conv1_kernel, padding=paddings[0])
        self.conv2 = nn.Conv2d(6, 16, conv2_kernel, padding=paddings[1])
        self.conv3 = nn.Conv2d(16, 16, 1)
        self.skip = skip
        self.norm = nn.BatchNorm2d(16)
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.dense1 = nn.Linear(256, 120)
        self.dense2 = nn.Linear(120, 84)
        self.last = nn.Linear(84, n_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = nn.functional.max_pool2d(self.conv1(images).relu(), 2)
        x0 = self.conv2(x).relu()
        x1 = self.conv3(x0).relu()
        x = nn.functional.max_pool2d(self.norm(x1 + x0 if self.skip else x1), 2)
        x = self.dense1(self.pool(x).flatten(1)).relu()
        logits: torch.Tensor = self.last(self.dense2(x).relu())
        return logits


@models.register
def searched_cnn(
    *,
    n_classes: int,
    conv1_kernel: int = 5,
    conv2_kernel: int = 3,
    skip: bool = False,
    padded: bool = False,
) -> nn.Module:
    """System 1's searched network, three convolutions; the defaults are what its search chose.

    Args:
        n_classes: C.
        conv1_kernel: Of the first convolution; the search had 3 and 5.
        conv2_kernel: Of the second; the search had 3 and 5.
        skip: Add what goes into the third convolution to what comes out.
        padded: Let both convolutions keep height and width, as in the space `published`, where a
            weighted sum of two kernels needs that.
    """
    return _Searched(n_classes, conv1_kernel, conv2_kernel, skip, padded)


def _normed(before: int, width: int, kernel: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(before, width, kernel, stride, kernel // 2)
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
    """System 1's comparison network, its "ResNet50": three stages of three projection blocks."""
    stages: dict[str, nn.Module] = {}
    before = 64
    published = (((64, 64, 128), 1), ((128, 128, 512), 2), ((256, 256, 1024), 2))
    for number, (widths, stride) in enumerate(published, start=1):
        blocks = [_Projection(w, widths, stride) for w in (before, widths[-1], widths[-1])]
        stages[f"stage{number}"] = nn.Sequential(*blocks)
        before = widths[-1]
    return named_parts(
        stem=nn.Sequential(_normed(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)),
        **stages,
        pool=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        last=nn.Linear(before, n_classes),
    )


def _conv(before: int, width: int, *then: nn.Module) -> nn.Sequential:
    """An unpadded 3 x 3 convolution with what follows it."""
    return nn.Sequential(nn.Conv2d(before, width, 3), nn.ReLU(), *then)


def _flat(width: int, image_px: tuple[int, int], n_convolutions: int) -> int:
    """The number of features that so many convolutions, each halved, leave of an image."""
    height, width_px = image_px
    for _ in range(n_convolutions):
        height, width_px = (height - 2) // 2, (width_px - 2) // 2
    if min(height, width_px) < 1:
        raise ValueError(f"images of {image_px[0]} x {image_px[1]} px are too small for it")
    return width * height * width_px


@models.register
def pbc_cnn_1(*, n_classes: int, image_px: tuple[int, int] = (128, 128)) -> nn.Module:
    """System 3's model 1: 205,656 parameters at 128 px with 8 classes.

    Args:
        n_classes: C.
        image_px: Height and width of the images.
    """
    pool = nn.MaxPool2d(2)
    return named_parts(
        convolutions=nn.Sequential(
            _conv(3, 32, pool),
            _conv(32, 32, pool, nn.Dropout(0.2)),
            _conv(32, 64, pool, nn.Dropout(0.3)),
            _conv(64, 32, pool, nn.Dropout(0.4)),
        ),
        flatten=nn.Flatten(),
        dense1=nn.Sequential(nn.Linear(_flat(32, image_px, 4), 128), nn.ReLU()),
        dense2=nn.Sequential(nn.Linear(128, 80), nn.ReLU()),
        last=nn.Linear(80, n_classes),
    )


@models.register
def pbc_cnn_2(*, n_classes: int, image_px: tuple[int, int] = (128, 128)) -> nn.Module:
    """System 3's model 2: 629,224 parameters at 128 px with 8 classes.

    That number, as Keras counts, has the 320 statistics of the batch norms in it. The published
    L1 penalties on two convolutions are a matter of the loss and not of the network.

    Args:
        n_classes: C.
        image_px: Height and width of the images.
    """
    pool = nn.MaxPool2d(2)
    return named_parts(
        convolutions=nn.Sequential(
            _conv(3, 32, nn.BatchNorm2d(32), pool),
            _conv(32, 256, pool),
            _conv(256, 128, nn.BatchNorm2d(128), pool),
            _conv(128, 128, pool),
            _conv(128, 64, pool),
        ),
        flatten=nn.Flatten(),
        dense1=nn.Sequential(nn.Linear(_flat(64, image_px, 5), 128), nn.ReLU()),
        dense2=nn.Sequential(nn.Linear(128, 32), nn.ReLU(), nn.Dropout(0.3)),
        last=nn.Linear(32, n_classes),
    )
