"""Layers whose numbers are searched, in a shared network: one set of weights, cut or masked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from buffycoat.errors import SpaceError
from buffycoat.search.space.probabilities import scaled, weighted_sum
from buffycoat.search.space.values import Value, joint

__all__ = [
    "Cases",
    "SharedBatchNorm2d",
    "SharedDropout",
    "SharedGroupNorm",
    "SharedLayer",
    "SharedLinear",
]

Cases = list[dict[str, Any]]

NOT_SEARCHED = frozenset({"affine", "bias", "eps", "momentum", "track_running_stats"})
"""Arguments that are the same for all cases of a shared layer."""


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
        self.searched = {n: one for n, one in arguments.items() if isinstance(one, Value)}
        for name in NOT_SEARCHED & self.searched.keys():
            said = f"{self.searched[name].named} decides {name}, which no shared weights have"
            raise SpaceError(f"the choice {said}: write a LayerChoice of two layers")
        self.full = self.largest(self.arguments.every())

    @abstractmethod
    def largest(self, cases: Cases) -> nn.Module:
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
        return self.mixed(inputs, self.arguments.live())

    def mixed(self, inputs: torch.Tensor, cases: Cases) -> torch.Tensor:
        """The weighted sum over the cases, narrower ones filled up with zeros."""
        widest = max(case[self.given] for case in cases)
        outputs, weights = [], []
        for case, weight in self.arguments.distribution():
            narrow = inputs.narrow(self.channel_dim, 0, case[self.taken])
            output = self.apply_at(narrow, case)
            missing = widest - output.shape[self.channel_dim]
            outputs.append(F.pad(output, [0, 0] * self._after(output) + [0, missing]))
            weights.append(weight)
        return weighted_sum(outputs, weights, list(self.arguments.choices))

    def masked(self, output: torch.Tensor) -> torch.Tensor:
        """Each channel times the probability that it is there."""
        if self.given not in self.searched:
            return output
        widths, weights = zip(*self.searched[self.given].distribution(), strict=True)
        positions = torch.arange(output.shape[self.channel_dim], device=output.device)
        there = positions < torch.tensor(widths, device=output.device).unsqueeze(1)
        mask = torch.stack(weights).to(output.dtype) @ there.to(output.dtype)
        return output * mask.reshape(-1, *[1] * self._after(output))

    def _after(self, output: torch.Tensor) -> int:
        """How many dimensions follow the channels."""
        return output.ndim - 1 - self.channel_dim % output.ndim


class SharedBatchNorm2d(SharedLayer):
    """Batch normalisation of a searched number of channels."""

    def largest(self, cases: Cases) -> nn.Module:
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
            momentum=self._momentum(case["momentum"]),
            eps=case["eps"],
        )

    def _momentum(self, given: float | None) -> float:
        """None stands for the plain mean over all batches, as in torch."""
        if given is None:
            n_seen = self.full.num_batches_tracked
            return 1 / max(1, int(n_seen)) if isinstance(n_seen, torch.Tensor) else 0.0
        return given

    def mixed(self, inputs: torch.Tensor, cases: Cases) -> torch.Tensor:
        """Channels are normalised one by one, so that a mask says it all."""
        widest = max(cases, key=lambda case: int(case["num_features"]))
        return self.masked(self.apply_at(inputs, widest))


class SharedGroupNorm(SharedLayer):
    """Group normalisation of a searched number of channels."""

    taken = given = "num_channels"

    def largest(self, cases: Cases) -> nn.Module:
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

    def largest(self, cases: Cases) -> nn.Module:
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

    def mixed(self, inputs: torch.Tensor, cases: Cases) -> torch.Tensor:
        """Inputs that are not there are zero, and outputs are masked."""
        widest = {n: max(case[n] for case in cases) for n in (self.taken, self.given)}
        return self.masked(self.apply_at(inputs, widest))


class SharedDropout(SharedLayer):
    """Dropout at a searched rate."""

    def largest(self, cases: Cases) -> nn.Module:
        """Dropout has no weights; the torch layers of all cases check their rates."""
        checked = [nn.Dropout(**case) for case in cases]
        return checked[0]

    def cut(self, case: dict[str, Any]) -> dict[str, torch.Tensor]:  # noqa: ARG002
        """Nothing."""
        return {}

    def apply_at(self, inputs: torch.Tensor, case: dict[str, Any]) -> torch.Tensor:
        """Dropout at this rate."""
        return F.dropout(inputs, case["p"], self.training)

    def mixed(self, inputs: torch.Tensor, cases: Cases) -> torch.Tensor:  # noqa: ARG002
        """The expectation over the rates of what one draw of noise leaves."""
        if not self.training:
            return inputs
        noise = torch.rand_like(inputs)
        rates, weights = zip(*self.searched["p"].distribution(), strict=True)
        # At a rate of 1 nothing is kept, whatever it is divided by.
        kept = [(noise >= rate).to(inputs.dtype) / max(1 - rate, 1e-6) for rate in rates]
        return inputs * weighted_sum(kept, weights, list(self.arguments.choices))
