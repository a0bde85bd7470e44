"""Layers that accept a searched value where torch's want a number; torch's own when fixed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from buffycoat.search.space.shared_conv import SharedConv2d
from buffycoat.search.space.shared_layers import (
    SharedBatchNorm2d,
    SharedDropout,
    SharedGroupNorm,
    SharedLayer,
    SharedLinear,
)
from buffycoat.search.space.values import Value

__all__ = ["BatchNorm2d", "Conv2d", "Dropout", "GroupNorm", "Linear"]


def Conv2d(  # noqa: N802
    in_channels: Any,
    out_channels: Any,
    kernel_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: Any = 1,
    bias: bool = True,
) -> nn.Module:
    """`nn.Conv2d` with searched channels, kernel, stride, padding, dilation or groups.

    In a shared network, an option of the kernel has the centre of the largest one; it needs
    `padding=kernel // 2` (for odd kernels) to keep the size.
    """
    return _either(nn.Conv2d, SharedConv2d, locals())


def BatchNorm2d(  # noqa: N802
    num_features: Any,
    eps: float = 1e-5,
    momentum: float = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
) -> nn.Module:
    """`nn.BatchNorm2d` with a searched number of channels."""
    return _either(nn.BatchNorm2d, SharedBatchNorm2d, locals())


def GroupNorm(  # noqa: N802
    num_groups: Any, num_channels: Any, eps: float = 1e-5, affine: bool = True
) -> nn.Module:
    """`nn.GroupNorm` with searched numbers of groups and channels."""
    return _either(nn.GroupNorm, SharedGroupNorm, locals())


def Linear(in_features: Any, out_features: Any, bias: bool = True) -> nn.Module:  # noqa: N802
    """`nn.Linear` with searched numbers of features."""
    return _either(nn.Linear, SharedLinear, locals())


def Dropout(p: Any = 0.5) -> nn.Module:  # noqa: N802
    """`nn.Dropout` with a searched rate."""
    return _either(nn.Dropout, SharedDropout, locals())


def _either(
    plain: Callable[..., nn.Module], shared: type[SharedLayer], arguments: dict[str, Any]
) -> nn.Module:
    """Torch's layer, or the shared one where an argument is searched."""
    if any(isinstance(one, Value) for one in arguments.values()):
        return shared(arguments)
    return plain(**arguments)
