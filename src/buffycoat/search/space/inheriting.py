"""Weights of the shared network, cut to the size of a fixed one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from buffycoat.errors import SpaceError
from buffycoat.search.space.mixing import SharedChoice, SharedRepeat
from buffycoat.search.space.shared_layers import SharedLayer

__all__ = ["copy_weights"]


def copy_weights(shared: nn.Module, fixed: nn.Module, architecture: Mapping[str, Any]) -> None:
    """Copy what an architecture uses of the shared modules into its plain network.

    Args:
        shared: A module of the shared network.
        fixed: What the same code gives when it is built for the architecture.
        architecture: With all its active choices.

    Raises:
        SpaceError: when the two have other parts, or tensors of other shapes.
    """
    if isinstance(shared, SharedLayer):
        _copy(shared.cut(shared.arguments.compute(architecture)), fixed)
    elif isinstance(shared, SharedChoice):
        chosen = shared.options.index(architecture[shared.name])
        copy_weights(shared.candidates[chosen], fixed, architecture)
    elif isinstance(shared, SharedRepeat):
        # strict is off: the shared one has the blocks of the greatest depth.
        for one, other in zip(shared.blocks, fixed.children(), strict=False):
            copy_weights(one, other, architecture)
    else:
        _copy(_own(shared), fixed)
        theirs = dict(fixed.named_children())
        for name, one in shared.named_children():
            if name not in theirs:
                raise SpaceError(f"the plain network has no part {name!r}, the shared one has")
            copy_weights(one, theirs[name], architecture)


def _own(module: nn.Module) -> dict[str, torch.Tensor]:
    """The tensors of a module that are in none of its parts."""
    return {
        **dict(module.named_parameters(recurse=False)),
        **dict(module.named_buffers(recurse=False)),
    }


def _copy(tensors: Mapping[str, torch.Tensor], fixed: nn.Module) -> None:
    theirs = _own(fixed)
    for name, tensor in tensors.items():
        if name not in theirs or theirs[name].shape != tensor.shape:
            kind = type(fixed).__name__
            raise SpaceError(f"the shared weights do not fit the tensor {name!r} of {kind}")
        with torch.no_grad():
            theirs[name].copy_(tensor)
