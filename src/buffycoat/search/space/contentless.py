"""Running a network on shapes alone, fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

__all__ = ["ShapesOnly"]

# What gives the shape it gets. On tensors without contents torch runs these in Python, up to 4 ms
# each, and the first one loads torch's compiler, 3 s.
SAME_SHAPE = frozenset(
    {
        nn.init.kaiming_normal_,
        nn.init.kaiming_uniform_,
        nn.init.normal_,
        nn.init.uniform_,
        torch.Tensor.fill_,
        torch.Tensor.normal_,
        torch.Tensor.uniform_,
        torch.Tensor.zero_,
        torch.relu,
        torch.sigmoid,
        F.dropout,
        F.gelu,
        F.hardsigmoid,
        F.hardswish,
        F.hardtanh,
        F.relu,
        F.relu6,
        F.silu,
    }
)
NORMS = frozenset({F.batch_norm, F.group_norm})


class ShapesOnly(TorchFunctionMode):
    """Tensors without contents pass first weights, norms and activations unchanged."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run an operation, or give back its first tensor."""
        given = kwargs or {}
        if func in SAME_SHAPE or func in NORMS:
            first, *others = (*args, *given.values())
            if isinstance(first, torch.Tensor) and first.is_meta:
                return _normed(first, others) if func in NORMS else first
        return func(*args, **given)


def _normed(maps: torch.Tensor, others: Sequence[Any]) -> torch.Tensor:
    """The maps, where weights and statistics have as many channels."""
    for tensor in others:
        if isinstance(tensor, torch.Tensor) and len(tensor) != maps.shape[1]:
            said = f"a norm of {len(tensor)} channels got shape {tuple(maps.shape)}"
            raise ValueError(said)
    return maps
