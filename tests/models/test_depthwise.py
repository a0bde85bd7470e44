import copy

import pytest
import torch
from torch import nn

from buffycoat.models.depthwise import DepthwiseConv2d, quicken_depthwise


def _pair(**settings):
    plain = nn.Conv2d(6, 6, groups=6, **settings).bfloat16()
    quick = nn.Sequential(copy.deepcopy(plain))
    quicken_depthwise(quick)
    assert isinstance(quick[0], DepthwiseConv2d)
    return plain, quick[0]


@pytest.mark.parametrize("size", [(9, 12), (8, 8), (5, 7)])
@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_size": 3, "padding": 1},
        {"kernel_size": 3, "padding": 1, "stride": 2, "bias": False},
        {"kernel_size": 5, "padding": 2, "stride": 2},
        {"kernel_size": (3, 5), "padding": (0, 1), "stride": (1, 3)},
        {"kernel_size": 3, "padding": 0, "stride": 2},
    ],
)
def test_gradients_are_those_of_the_library(settings, size):
    torch.manual_seed(0)
    plain, quick = _pair(**settings)
    inputs = [torch.randn(4, 6, *size, dtype=torch.bfloat16) for _ in range(1)] * 2
    inputs = [x.clone().requires_grad_() for x in inputs]
    outputs = [conv(x) for conv, x in zip((plain, quick), inputs, strict=True)]
    torch.testing.assert_close(*outputs, rtol=0, atol=0.02)
    grad = torch.randn_like(outputs[0])
    for out in outputs:
        out.backward(grad)
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad, rtol=0.02, atol=0.05)
    for name, parameter in plain.named_parameters():
        torch.testing.assert_close(
            parameter.grad, dict(quick.named_parameters())[name].grad, rtol=0.02, atol=0.1
        )


def test_float32_and_evaluation_are_the_library_itself():
    torch.manual_seed(0)
    plain, quick = _pair(kernel_size=3, padding=1, stride=2)
    plain, quick = plain.float(), quick.float()
    x = torch.randn(2, 6, 8, 8, requires_grad=True)
    assert quick(x).grad_fn.name() == plain(x).grad_fn.name()
    with torch.no_grad():
        assert torch.equal(quick(x), plain(x))


def test_under_autocast_the_parameters_get_their_own_precision():
    plain = nn.Sequential(nn.Conv2d(6, 6, 3, 2, 1, groups=6))
    quicken_depthwise(plain)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = plain(torch.randn(2, 6, 8, 8))
    out.float().sum().backward()
    assert out.dtype == torch.bfloat16
    assert plain[0].weight.grad.dtype == torch.float32


def test_only_what_is_depthwise_is_touched():
    network = nn.Sequential(
        nn.Conv2d(4, 4, 3),
        nn.Conv2d(4, 8, 3, groups=4),
        nn.Conv2d(8, 8, 3, groups=8, dilation=2),
        nn.Conv2d(8, 8, 3, groups=8, padding="same"),
        nn.Conv2d(8, 8, 1, groups=8, padding=1),
        nn.Conv2d(8, 8, 3, groups=8, padding=1, padding_mode="reflect"),
    )
    before = network.state_dict().keys()
    quicken_depthwise(network)
    assert not any(isinstance(module, DepthwiseConv2d) for module in network)
    assert network.state_dict().keys() == before
