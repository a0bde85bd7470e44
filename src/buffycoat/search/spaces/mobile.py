"""Networks of inverted residuals, at 64 px about as costly as MobileNetV2 at most."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from buffycoat.search.space.choices import LayerChoice, Repeat, ValueChoice
from buffycoat.search.space.layers import BatchNorm2d, Conv2d, Linear

__all__ = ["mobile"]

_KERNELS = [3, 5, 7]
_EXPANSIONS = [2, 4, 6]
_STAGES = (  # widths, stride, further blocks
    ([16, 24], 2, [0, 1]),
    ([24, 32, 40], 2, [0, 1, 2]),
    ([48, 64, 80], 2, [0, 1, 2]),
    ([80, 112], 1, [0, 1]),
)
_STEM, _LAST = 16, 512


def _normed(before: Any, width: Any, kernel: Any = 1, **arguments: Any) -> nn.Sequential:
    conv = Conv2d(before, width, kernel, padding=kernel // 2, bias=False, **arguments)
    return nn.Sequential(conv, BatchNorm2d(width))


class _SqueezeExcite(nn.Module):
    """Channels weighted by what the whole image says of each."""

    def __init__(self, width: Any) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.squeeze = Conv2d(width, width // 4, 1)
        self.excite = Conv2d(width // 4, width, 1)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        inner = torch.relu(self.squeeze(self.pool(maps)))
        return maps * torch.sigmoid(self.excite(inner))


class _Inverted(nn.Module):
    """Widened, a depthwise convolution, narrowed again; added to its input where that fits."""

    def __init__(
        self,
        name: str,
        before: Any,
        width: Any,
        kernel: Any,
        expansion: Any,
        stride: int | None = None,
    ) -> None:
        super().__init__()
        inner = before * expansion
        self.expand = _normed(before, inner)
        self.depthwise = _normed(inner, inner, kernel, groups=inner, stride=stride or 1)
        self.attention = LayerChoice(
            name, {"none": nn.Identity, "squeeze_excite": lambda: _SqueezeExcite(inner)}
        )
        self.project = _normed(inner, width)
        self.is_residual = stride is None

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        inner = torch.relu(self.depthwise(torch.relu(self.expand(maps))))
        found: torch.Tensor = self.project(self.attention(inner))
        return maps + found if self.is_residual else found


class _Stage(nn.Module):
    """A block that changes the width, and further ones that keep it and are stepped over."""

    def __init__(self, name: str, before: Any, width: Any, stride: int, depths: list[int]) -> None:
        super().__init__()
        kernel = ValueChoice(f"{name}.kernel", _KERNELS)
        wider = ValueChoice(f"{name}.expansion", _EXPANSIONS)
        self.first = _Inverted(f"{name}.attention", before, width, kernel, wider, stride)
        self.further = Repeat(
            f"{name}.further",
            lambda _: _Inverted("attention", width, width, kernel, wider),
            depths,
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.further(self.first(maps))
        return found


class _Mobile(nn.Module):
    def __init__(self, n_classes: int) -> None:
        super().__init__()
        self.stem = _normed(3, _STEM, 3, stride=2)
        stages: list[nn.Module] = []
        before: Any = _STEM
        for number, (widths, stride, depths) in enumerate(_STAGES, start=1):
            width = ValueChoice(f"stage{number}.width", widths)
            stages.append(_Stage(f"stage{number}", before, width, stride, depths))
            before = width
        self.stages = nn.Sequential(*stages)
        self.wide = _normed(before, _LAST)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.drop = nn.Dropout(0.2)
        self.last = Linear(_LAST, n_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        maps = self.stages(torch.relu(self.stem(images)))
        maps = self.pool(torch.relu(self.wide(maps)))
        logits: torch.Tensor = self.last(self.drop(maps.flatten(1)))
        return logits


def mobile(n_classes: int) -> nn.Module:
    """Four stages of inverted residuals: of each width, kernel, expansion, depth and attention.

    Args:
        n_classes: C.

    Source:
        Sandler et al. (2018), MobileNetV2; squeeze-and-excitation as in Tan et al. (2019),
        MnasNet.
    """
    return _Mobile(n_classes)
