"""A convolution whose channels and kernel are searched, in a shared network."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from buffycoat.models.depthwise import learned_quickly
from buffycoat.search.space.merging import have_same_centre
from buffycoat.search.space.probabilities import weighted_sum
from buffycoat.search.space.shared_layers import Cases, SharedLayer
from buffycoat.search.space.values import Value

__all__ = ["SharedConv2d"]


class SharedConv2d(SharedLayer):
    """A convolution: the first channels on both sides, the centre of the largest kernel."""

    taken, given = "in_channels", "out_channels"

    def largest(self, cases: Cases) -> nn.Module:
        """With the most channels and the largest kernel; it holds weights and is never run."""
        return nn.Conv2d(
            max(case["in_channels"] // case["groups"] for case in cases),
            max(case["out_channels"] for case in cases),
            tuple(max(_pair(case["kernel_size"])[side] for case in cases) for side in (0, 1)),  # type: ignore[arg-type]
            bias=cases[0]["bias"],
        )

    def cut(self, case: dict[str, Any]) -> dict[str, torch.Tensor]:
        """The first channels on both sides and the centre of the kernel."""
        state = self.full.state_dict(keep_vars=True)
        weight = state["weight"]
        height, width = _pair(case["kernel_size"])
        top, left = (weight.shape[2] - height) // 2, (weight.shape[3] - width) // 2
        out, inner = case["out_channels"], case["in_channels"] // case["groups"]
        cut = weight[:out, :inner, top : top + height, left : left + width]
        return {"weight": cut, **({"bias": state["bias"][:out]} if "bias" in state else {})}

    def apply_at(self, inputs: torch.Tensor, case: dict[str, Any]) -> torch.Tensor:
        """A convolution with the cut weights."""
        state = self.cut(case)
        return _convolve(inputs, state["weight"], state.get("bias"), case)

    def mixed(self, inputs: torch.Tensor, cases: Cases) -> torch.Tensor:
        """One masked convolution where that is the weighted sum; else one for each case."""
        widest = _widest(cases)
        if widest is None or self._is_coupled():
            return super().mixed(inputs, cases)
        state = self.cut(widest)
        weight = state["weight"]
        if "kernel_size" in self.searched:
            weight = weight * _kernel_mask(weight, self.searched["kernel_size"])
        return self.masked(_convolve(inputs, weight, state.get("bias"), widest))

    def _is_coupled(self) -> bool:
        """Whether one choice decides both kernel and width: masks of each would be mixed twice."""
        kernel, width = (self.searched.get(name) for name in ("kernel_size", self.given))
        if kernel is None or width is None:
            return False
        return not kernel.choices.keys().isdisjoint(width.choices)


def _widest(cases: Cases) -> dict[str, Any] | None:
    """The case that holds all others as masks; None where there is none."""
    if any(len({case[name] for case in cases}) > 1 for name in ("stride", "dilation")):
        return None
    names = ("in_channels", "out_channels", "groups")
    sizes = {tuple(case[name] for name in names) for case in cases}
    # With groups, only depthwise ones see the same channels at every width.
    plain = all(g == 1 for _, _, g in sizes)
    depthwise = all(before == after == g for before, after, g in sizes)
    if len(sizes) > 1 and not (plain or depthwise):
        return None
    largest = max(cases, key=lambda case: _pair(case["kernel_size"]))
    if not all(_same_centre(case, largest) for case in cases):
        return None
    return {**largest, **{name: max(case[name] for case in cases) for name in names}}


def _same_centre(case: dict[str, Any], largest: dict[str, Any]) -> bool:
    """Whether the largest kernel holds the other around the same pixel, for the same size."""
    kernels = _pair(case["kernel_size"]), _pair(largest["kernel_size"])
    if isinstance(case["padding"], str) or isinstance(largest["padding"], str):
        alike = case["padding"] == largest["padding"]
        return alike and all((b - a) % 2 == 0 for a, b in zip(*kernels, strict=True))
    paddings = _pair(case["padding"]), _pair(largest["padding"])
    is_within = all(a <= b for a, b in zip(*kernels, strict=True))
    return is_within and have_same_centre(kernels, paddings, _pair(case["dilation"]))


def _kernel_mask(weight: torch.Tensor, kernel: Value) -> torch.Tensor:
    """The probability that a place of the kernel is there (K, K)."""
    masks, probabilities = [], []
    for size, probability in kernel.distribution():
        inside = torch.zeros_like(weight[0, 0])
        height, width = _pair(size)
        top, left = (inside.shape[0] - height) // 2, (inside.shape[1] - width) // 2
        inside[top : top + height, left : left + width] = 1
        masks.append(inside)
        probabilities.append(probability)
    return weighted_sum(masks, probabilities, list(kernel.choices))


def _convolve(
    inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, case: dict[str, Any]
) -> torch.Tensor:
    stride, padding = case["stride"], case["padding"]
    if _is_depthwise(inputs, weight, case):
        found = learned_quickly(inputs, weight, bias, _pair(stride), _pair(padding))
        if found is not None:
            return found
    return F.conv2d(inputs, weight, bias, stride, padding, case["dilation"], case["groups"])


def _is_depthwise(inputs: torch.Tensor, weight: torch.Tensor, case: dict[str, Any]) -> bool:
    """Whether it is one that `learned_quickly` takes."""
    if isinstance(case["padding"], str) or _pair(case["dilation"]) != (1, 1):
        return False
    inside = all(p < k for p, k in zip(_pair(case["padding"]), weight.shape[2:], strict=True))
    return inside and case["groups"] == inputs.shape[1] == len(weight) > 1


def _pair(size: Any) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (size[0], size[1])
