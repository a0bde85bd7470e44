"""Layers that accept a searched value where torch's want a number; torch's own when fixed."""

from __future__ import annotations

from typing import Any

from torch import nn

__all__ = ["BatchNorm2d", "Conv2d", "Dropout", "GroupNorm", "Linear"]


def Conv2d(in_channels: Any, out_channels: Any, kernel_size: Any, **arguments: Any) -> nn.Module:  # noqa: N802
    """`nn.Conv2d`."""
    return nn.Conv2d(in_channels, out_channels, kernel_size, **arguments)


def BatchNorm2d(num_features: Any, **arguments: Any) -> nn.Module:  # noqa: N802
    """`nn.BatchNorm2d`."""
    return nn.BatchNorm2d(num_features, **arguments)


def GroupNorm(num_groups: Any, num_channels: Any, **arguments: Any) -> nn.Module:  # noqa: N802
    """`nn.GroupNorm`."""
    return nn.GroupNorm(num_groups, num_channels, **arguments)


def Linear(in_features: Any, out_features: Any, **arguments: Any) -> nn.Module:  # noqa: N802
    """`nn.Linear`."""
    return nn.Linear(in_features, out_features, **arguments)


def Dropout(p: Any = 0.5) -> nn.Module:  # noqa: N802
    """`nn.Dropout`."""
    return nn.Dropout(p)
