"""Depthwise convolutions that learn quickly in bfloat16 on the processor.

The library's kernel for the gradient of a strided depthwise convolution in bfloat16 takes 20 to
300 times as long as the convolution itself, and with it a third of MobileNetV2's training step.
The same gradient is one plain convolution: the strided output is every second pixel of the
unstrided one, so its gradient, with zeros between, is convolved with the turned kernel.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

__all__ = ["DepthwiseConv2d", "learned_quickly", "quicken_depthwise"]


class DepthwiseConv2d(nn.Conv2d):
    """The same convolution; only its gradient in bfloat16 on the processor is computed faster."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002
        """Convolve (N, C, H, W)."""
        stride, padding = self.stride, self.padding
        found = learned_quickly(input, self.weight, self.bias, stride, padding)  # type: ignore[arg-type]
        return super().forward(input) if found is None else found


def learned_quickly(
    images: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> torch.Tensor | None:
    """A depthwise convolution (N, C, H, W) whose gradient is computed faster.

    None where torch's own is as fast: without a gradient, in float32, on another device.

    Args:
        images: Maps (N, C, H, W).
        weight: Kernels (C, 1, k, l).
        bias: One number for each channel (C,).
        stride: Of both sides.
        padding: Of both sides, less than the kernel's.
    """
    if images.device.type != "cpu" or not torch.is_grad_enabled():
        return None
    if torch.is_autocast_enabled("cpu"):
        images = images.to(torch.get_autocast_dtype("cpu"))
    if images.dtype != torch.bfloat16:
        return None
    found: torch.Tensor = _Depthwise.apply(images, weight.to(images.dtype), stride, padding)
    return found if bias is None else found + bias.to(images.dtype)[:, None, None]


def quicken_depthwise(network: nn.Module) -> None:
    """Let every depthwise convolution that can, learn by the faster gradient.

    Names, weights and answers stay as they are.
    """
    for module in network.modules():
        if type(module) is nn.Conv2d and _can_be_quickened(module):
            module.__class__ = DepthwiseConv2d  # keeps the parameters, hooks and names


def _can_be_quickened(conv: nn.Conv2d) -> bool:
    return (
        conv.groups == conv.in_channels == conv.out_channels > 1
        and conv.dilation == (1, 1)
        and conv.padding_mode == "zeros"
        and not isinstance(conv.padding, str)
        and all(p < k for p, k in zip(conv.padding, conv.kernel_size, strict=True))
    )


class _Depthwise(torch.autograd.Function):
    """Depthwise convolution (N, C, H, W) with kernels (C, 1, k, l)."""

    @staticmethod
    def forward(
        ctx: Any,
        images: torch.Tensor,
        weight: torch.Tensor,
        stride: tuple[int, int],
        padding: tuple[int, int],
    ) -> torch.Tensor:
        ctx.save_for_backward(images, weight)
        ctx.stride, ctx.padding = stride, padding
        return F.conv2d(images, weight, None, stride, padding, 1, len(weight))

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        images, weight = ctx.saved_tensors
        grad_images = grad_weight = None
        if ctx.needs_input_grad[0]:
            spread = _spread(grads[0], images, weight, ctx.stride, ctx.padding)
            turned = weight.flip(2, 3)
            back = [k - 1 - p for k, p in zip(weight.shape[2:], ctx.padding, strict=True)]
            grad_images = F.conv2d(spread, turned, None, 1, back, 1, len(weight))
        if ctx.needs_input_grad[1]:
            grad_weight = torch.ops.aten.convolution_backward(
                grads[0],
                images,
                weight,
                None,
                ctx.stride,
                ctx.padding,
                (1, 1),
                False,
                (0, 0),
                len(weight),
                (False, True, False),
            )[1]
        return grad_images, grad_weight, None, None


def _spread(
    grad: torch.Tensor,
    images: torch.Tensor,
    weight: torch.Tensor,
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> torch.Tensor:
    """The gradient of the unstrided output: zero wherever the stride passes by."""
    if tuple(stride) == (1, 1):
        return grad
    n, channels, height, width = images.shape
    size = [
        side + 2 * p - k + 1
        for side, p, k in zip((height, width), padding, weight.shape[2:], strict=True)
    ]
    spread = torch.empty(
        (n, channels, *size), dtype=grad.dtype, memory_format=torch.channels_last
    ).zero_()
    spread[:, :, :: stride[0], :: stride[1]] = grad
    return spread
