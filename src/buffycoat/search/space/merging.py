"""Convolutions whose weighted sum is one convolution: that of the weighted sum of their kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard, cast

import torch
from torch import nn
from torch.nn import functional as F

__all__ = ["are_mergeable", "have_same_centre", "merged"]

Sides = tuple[int, ...]


def are_mergeable(candidates: list[nn.Module]) -> TypeGuard[list[nn.Conv2d]]:
    """Whether they differ in nothing but kernels around the same pixel, and their weights.

    Convolution is linear in its kernel, and a small kernel is a larger one with zeros around it.
    One convolution in place of one for each candidate gives the same sum, and there are no large
    tensors to weigh and to add.
    """
    convolutions = [one for one in candidates if type(one) is nn.Conv2d and _is_plain(one)]
    if len(convolutions) < max(2, len(candidates)):
        return False
    alike = {(c.in_channels, c.out_channels, c.groups, c.stride) for c in convolutions}
    return len(alike) == 1 and all(_has_same_centre(one, convolutions[0]) for one in convolutions)


def _is_plain(one: nn.Conv2d) -> bool:
    """Whether there are zeros outside, as many as it says, no gaps in its kernel, and no hooks."""
    if one._forward_pre_hooks or one._forward_hooks:
        return False  # a spectral norm, say, which makes the kernel anew in each call
    is_counted = not isinstance(one.padding, str)
    return one.padding_mode == "zeros" and is_counted and max(one.dilation) == 1


def _has_same_centre(one: nn.Conv2d, other: nn.Conv2d) -> bool:
    kernels = one.kernel_size, other.kernel_size
    return have_same_centre(kernels, (_padding(one), _padding(other)))


def _padding(one: nn.Conv2d) -> Sides:
    return cast(Sides, one.padding)


def have_same_centre(
    kernels: tuple[Sides, Sides], paddings: tuple[Sides, Sides], dilation: Sides = (1, 1)
) -> bool:
    """Whether two kernels have their centre on the same pixel and give the same size."""
    sides = zip(*kernels, *paddings, dilation, strict=True)
    return all(2 * (q - p) == step * (b - a) and (b - a) % 2 == 0 for a, b, p, q, step in sides)


def merged(
    candidates: Sequence[nn.Conv2d], weights: Sequence[torch.Tensor], inputs: torch.Tensor
) -> torch.Tensor:
    """The sum of what mergeable convolutions give, each times its weight.

    Args:
        candidates: For which `are_mergeable` holds.
        weights: A scalar for each.
        inputs: (N, C, H, W).
    """
    size = _largest([one.kernel_size for one in candidates])
    padding = _largest([_padding(one) for one in candidates])
    pairs = list(zip(candidates, weights, strict=True))
    kernel = torch.stack([_padded(one.weight, size) * weight for one, weight in pairs]).sum(0)
    biases = [one.bias * weight for one, weight in pairs if one.bias is not None]
    bias = torch.stack(biases).sum(0) if biases else None
    first = candidates[0]
    return F.conv2d(inputs, kernel, bias, first.stride, padding, groups=first.groups)


def _largest(sides: list[Sides]) -> Sides:
    """Of heights and of widths: 1 x 5 and 5 x 1 are both within 5 x 5."""
    return tuple(max(each) for each in zip(*sides, strict=True))


def _padded(kernel: torch.Tensor, size: Sides) -> torch.Tensor:
    """With zeros around it up to this size, each side as many."""
    high, wide = ((whole - part) // 2 for whole, part in zip(size, kernel.shape[2:], strict=True))
    return F.pad(kernel, (wide, wide, high, high)) if high or wide else kernel
