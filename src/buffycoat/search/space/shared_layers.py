"""Layers whose numbers are searched, in a shared network: one set of weights, cut or masked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from buffycoat.search.space.probabilities import scaled, weighted_sum
from buffycoat.search.space.values import joint

__all__ = ["SharedBatchNorm2d", "SharedDropout", "SharedGroupNorm", "SharedLayer", "SharedLinear"]

Weighted = list[tuple[dict[str, Any], torch.Tensor]]


class SharedLayer(nn.Module, ABC):
    """A layer with the weights of its largest form.

    Where its choices are settled it computes with the cut weights and nothing else; where they
    are mixed, the sum of what each combination gives, weighted by its probability.

    Args:
        arguments: Of the torch layer, at least one a `Value`.
    """

    # The arguments that say how many channels come in and go out.
    taken = "num_features"
    given = "num_features"
    channel_dim = 1

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        super().__init__()
        self.arguments = joint(arguments)
        self.full = self.largest(self.arguments.every())

    @abstractmethod
    def largest(self, cases: list[dict[str, Any]]) -> nn.Module:
        """The torch layer that holds the weights of all cases."""

    @abstractmethod
    def cut(self, case: dict[str, Any]) -> dict[str, torch.Tensor]:
        """The weights of a case, by the names of the torch layer."""

    @abstractmethod
    def apply_at(self, inputs: torch.Tensor, case: dict[str, Any]) -> torch.Tensor:
        """What the torch layer of a case gives."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """The settled case, or the mixture of all that take part."""
        case = self.arguments.chosen()
        if case is not None:
            return scaled(self.apply_at(inputs, case), self.arguments.gate())
        return self.mixed(inputs, self.arguments.distribution())

    def mixed(self, inputs: torch.Tensor, weighted: Weighted) -> torch.Tensor:
        """The weighted sum over the cases, narrower ones filled up with zeros."""
        widest = max(case[self.given] for case, _ in weighted)
        outputs = []
        for case, _ in weighted:
            narrow = inputs.narrow(self.channel_dim, 0, case[self.taken])
            output = self.apply_at(narrow, case)
            missing = widest - output.shape[self.channel_dim]
            after = output.ndim - 1 - self.channel_dim % output.ndim
            outputs.append(F.pad(output, [0, 0] * after + [0, missing]))
        return weighted_sum(outputs, [p for _, p in weighted], list(self.arguments.choices))

    def masked(self, output: torch.Tensor, weighted: Weighted) -> torch.Tensor:
        """Each channel times the probability that it is there."""
        positions = torch.arange(output.shape[self.channel_dim], device=output.device)
        kept = [(positions < case[self.given]).to(output.dtype) * p for case, p in weighted]
        mask = torch.stack(kept).sum(0)
        after = output.ndim - 1 - self.channel_dim % output.ndim
        return output * mask.reshape(-1, *[1] * after)


class SharedBatchNorm2d(SharedLayer):
    """Batch normalisation of a searched number of channels."""

    def largest(self, cases: list[dict[str, Any]]) -> nn.Module:
        """With the most channels."""
        widest = max(case["num_features"] for case in cases)
        return nn.BatchNorm2d(**{**cases[0], "num_features": widest})

    def cut(self, case: dict[str, Any]) -> dict[str, torch.Tensor]:
        """The first channels."""
        width = case["num_features"]
        state = self.full.state_dict(keep_vars=True)
        return {name: one[:width] if one.ndim else one for name, one in state.items()}

    def apply_at(self, inputs: torch.Tensor, case: dict[str, Any]) -> torch.Tensor:
        """Batch normalisation with the first channels' weights and statistics."""
        state = self.cut(case)
        if self.training and "num_batches_tracked" in state:
            state["num_batches_tracked"].add_(1)
        return F.batch_norm(
            inputs,
            state.get("running_mean"),
            state.get("running_var"),
            state.get("weight"),
            state.get("bias"),
            training=self.training or "running_mean" not in state,
            momentum=case["momentum"],
            eps=case["eps"],
        )

    def mixed(self, inputs: torch.Tensor, weighted: Weighted) -> torch.Tensor:
        """Channels are normalised one by one, so that a mask says it all."""
        widest = max((case for case, _ in weighted), key=lambda case: case["num_features"])
        return self.masked(self.apply_at(inputs, widest), weighted)


class SharedGroupNorm(SharedLayer):
    """Group normalisation of a searched number of channels."""

    taken = given = "num_channels"

    def largest(self, cases: list[dict[str, Any]]) -> nn.Module:
        """With the most channels."""
        widest = max(cases, key=lambda case: case["num_channels"])
        return nn.GroupNorm(**widest)

    def cut(self, case: dict[str, Any]) -> dict[str, torch.Tensor]:
        """The first channels."""
        state = self.full.state_dict(keep_vars=True)
        return {name: one[: case["num_channels"]] for name, one in state.items()}

    def apply_at(self, inputs: torch.Tensor, case: dict[str, Any]) -> torch.Tensor:
        """Group normalisation with the first channels' weights."""
        state = self.cut(case)
        weight, bias = state.get("weight"), state.get("bias")
        return F.group_norm(inputs, case["num_groups"], weight, bias, case["eps"])


class SharedLinear(SharedLayer):
    """A linear layer of searched numbers of features."""

    taken, given = "in_features", "out_features"
    channel_dim = -1

    def largest(self, cases: list[dict[str, Any]]) -> nn.Module:
        """With the most features on both sides."""
        widest = {name: max(case[name] for case in cases) for name in (self.taken, self.given)}
        return nn.Linear(**{**cases[0], **widest})

    def cut(self, case: dict[str, Any]) -> dict[str, torch.Tensor]:
        """The first features on both sides."""
        rows, columns = case["out_features"], case["in_features"]
        state = self.full.state_dict(keep_vars=True)
        return {
            n: one[:rows, :columns] if one.ndim == 2 else one[:rows] for n, one in state.items()
        }

    def apply_at(self, inputs: torch.Tensor, case: dict[str, Any]) -> torch.Tensor:
        """A linear layer with the cut weights."""
        state = self.cut(case)
        return F.linear(inputs, state["weight"], state.get("bias"))

    def mixed(self, inputs: torch.Tensor, weighted: Weighted) -> torch.Tensor:
        """Inputs that are not there are zero, and outputs are masked."""
        widest = {n: max(case[n] for case, _ in weighted) for n in (self.taken, self.given)}
        return self.masked(self.apply_at(inputs, widest), weighted)


class SharedDropout(SharedLayer):
    """Dropout at a searched rate."""

    def largest(self, cases: list[dict[str, Any]]) -> nn.Module:
        """Dropout has no weights; the torch layer checks each rate."""
        return next(iter([nn.Dropout(**case) for case in cases]))

    def cut(self, case: dict[str, Any]) -> dict[str, torch.Tensor]:  # noqa: ARG002
        """Nothing."""
        return {}

    def apply_at(self, inputs: torch.Tensor, case: dict[str, Any]) -> torch.Tensor:
        """Dropout at this rate."""
        return F.dropout(inputs, case["p"], self.training)

    def mixed(self, inputs: torch.Tensor, weighted: Weighted) -> torch.Tensor:
        """The expectation over the rates of what one draw of noise leaves."""
        if not self.training:
            return inputs
        noise = torch.rand_like(inputs)
        kept = [
            (noise >= case["p"]).to(inputs.dtype) / (1 - case["p"] + 1e-12) * p
            for case, p in weighted
        ]
        return inputs * torch.stack(kept).sum(0)
