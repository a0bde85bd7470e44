"""One convolution in place of several, weighed."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from buffycoat.search.space.merging import are_mergeable, merged


def _convolution(kernel, **given):
    sides = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    padding = tuple(side // 2 for side in sides)
    return nn.Conv2d(4, 6, **{"kernel_size": kernel, "padding": padding, **given})


@pytest.mark.parametrize(
    "candidates",
    [
        [_convolution(3), _convolution(5)],
        [_convolution(5, stride=2), _convolution(1, stride=2), _convolution(3, stride=2)],
        [_convolution((1, 5)), _convolution((5, 1))],
        [_convolution(3, groups=2), _convolution(5, groups=2, bias=False)],
        [_convolution(3, bias=False), _convolution(3, bias=False)],
        [_convolution(2, padding=0), _convolution(4, padding=1)],
    ],
    ids=["3 and 5", "strided", "across", "groups, one bias", "no bias", "even"],
)
def test_the_weighted_sum_and_its_gradients_are_those_of_each_by_itself(candidates):
    torch.manual_seed(0)
    inputs = torch.randn(2, 4, 9, 8, requires_grad=True)
    weights = torch.rand(len(candidates)).softmax(0).requires_grad_()
    learned = [inputs, weights, *(p for one in candidates for p in one.parameters())]
    plain = sum(one(inputs) * weight for one, weight in zip(candidates, weights, strict=True))
    together = merged(candidates, list(weights), inputs)
    torch.testing.assert_close(together, plain)
    toward = torch.randn_like(plain)
    found = torch.autograd.grad(together, learned, toward)
    expected = torch.autograd.grad(plain, learned, toward)
    assert are_mergeable(candidates)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


class _Quickened(nn.Conv2d):
    pass


@pytest.mark.parametrize(
    "candidates",
    [
        [_convolution(3)],
        [_convolution(3), nn.Identity()],
        [_convolution(3), nn.Sequential(_convolution(5))],
        [_convolution(3), _Quickened(4, 6, 3, padding=1)],
        [_convolution(3), _convolution(3, stride=2)],
        [_convolution(3), _convolution(5, padding=1)],
        [_convolution(3), _convolution(2, padding=0)],
        [_convolution(3), _convolution(3, dilation=2, padding=2)],
        [_convolution(3), _convolution(5, padding_mode="reflect")],
        [_convolution(3), _convolution(5, padding="same")],
        [_convolution(3), nn.Conv2d(4, 5, 3, padding=1)],
        [_convolution(3), nn.utils.spectral_norm(_convolution(5))],
    ],
    ids=lambda each: repr(each[-1]),
)
def test_what_is_no_single_convolution_is_left_alone(candidates):
    assert not are_mergeable(candidates)
