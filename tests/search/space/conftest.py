"""Spaces: one with a choice of every kind, nested, and small ones of one kind each."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from buffycoat.search.space.cell import Cell
from buffycoat.search.space.choices import InputChoice, LayerChoice, Repeat, ValueChoice
from buffycoat.search.space.layers import BatchNorm2d, Conv2d, Dropout, GroupNorm, Linear
from buffycoat.search.space.shared import SharedNetwork
from buffycoat.search.space.space import Space
from buffycoat.search.space.values import computed


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        kernel = ValueChoice("kernel", [3, 5])
        self.conv = Conv2d(width, width, kernel, padding=kernel // 2)
        self.norm = BatchNorm2d(width)

    def forward(self, maps):
        return torch.relu(self.norm(self.conv(maps)))


class Net(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        width = ValueChoice("width", [2, 4, 6])
        ratio = ValueChoice("ratio", [1, 2])
        inner = width * ratio
        self.stem = Conv2d(3, width, 3, 2, 1)
        self.conv = LayerChoice(
            "conv",
            {
                "plain": lambda: Conv2d(width, inner, 3, padding=1),
                "split": lambda: nn.Sequential(
                    Conv2d(width, width, 3, padding=1, groups=width), Conv2d(width, inner, 1)
                ),
            },
        )
        self.blocks = Repeat("depth", lambda _: Block(inner), [1, 2, 3])
        self.skip = InputChoice("skip", 2, None)
        self.cell = Cell("cell", {"same": nn.Identity, "relu": nn.ReLU})
        self.rate = Dropout(ValueChoice("rate", [0.0, 0.5]))
        self.head = Linear(inner * 2, n_classes)

    def forward(self, images):
        maps = self.conv(self.stem(images))
        maps = self.skip([maps, self.blocks(maps)])
        maps = self.cell([maps, maps * 2])
        return self.head(self.rate(maps.mean((2, 3))))


@pytest.fixture(scope="session")
def space():
    return Space(Net, n_classes=5, image_px=(16, 16))


class Inputs(nn.Module):
    """An InputChoice of three inputs before a 1 x 1 convolution."""

    def __init__(self, n_classes, combine, n_chosen):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(3, 4, 1) for _ in range(3))
        self.choice = InputChoice("some", 3, n_chosen, combine)
        width = 4 * self.choice.n_chosen if combine == "concat" else 4
        self.head = Conv2d(width, n_classes, 1)

    def forward(self, images):
        return self.head(self.choice([one(images) for one in self.layers])).mean((2, 3))


def end(width, n_classes):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), Linear(width, n_classes)]


def widths(n_classes):
    a, b = ValueChoice("a", [2, 4, 6]), ValueChoice("b", [1, 2])
    mixed = computed(max, a * b, 1 + a // 2)
    depthwise = Conv2d(mixed, mixed, 3, padding=1, groups=mixed)
    return nn.Sequential(
        Conv2d(3, a, 3),
        BatchNorm2d(a),
        nn.ReLU(),
        Conv2d(a, mixed, 1),
        depthwise,
        *end(mixed, n_classes),
    )


def grouped(n_classes):
    a, groups = ValueChoice("a", [4, 8]), ValueChoice("groups", [1, 2, 4])
    return nn.Sequential(
        Conv2d(3, a, 1),
        Conv2d(a, 2 * a, 3, groups=2),
        GroupNorm(groups, 2 * a),
        *end(2 * a, n_classes),
    )


def kernels(n_classes):
    kernel = ValueChoice("kernel", [1, 3, 5])
    return nn.Sequential(
        Conv2d(3, 4, kernel, padding=kernel // 2),
        nn.ReLU(),
        Conv2d(4, 4, kernel, stride=2, padding=kernel // 2 * 2, dilation=2),
        *end(4, n_classes),
    )


def spatial(n_classes):
    """Kernels and strides whose outputs differ in size, flattened."""
    kernel, stride = ValueChoice("kernel", [2, 3]), ValueChoice("stride", [1, 2])
    return nn.Sequential(Conv2d(3, 4, kernel, stride), *end(4, n_classes))


def dense_or_depthwise(n_classes):
    groups = ValueChoice("groups", [1, 4])
    return nn.Sequential(
        nn.Conv2d(3, 4, 1), Conv2d(4, 4, 3, padding=1, groups=groups), *end(4, n_classes)
    )


def even(n_classes):
    """Kernels that lie between each other's pixels."""
    kernel = ValueChoice("kernel", [2, 3])
    return nn.Sequential(Conv2d(3, 4, kernel, padding=kernel - 1, dilation=2), *end(4, n_classes))


def upright(n_classes):
    kernel = ValueChoice("kernel", [1, 3])
    size, padding = computed(lambda k: (k, 1), kernel), computed(lambda k: (k // 2, 0), kernel)
    return nn.Sequential(Conv2d(3, 4, size, padding=padding), *end(4, n_classes))


def averaged(n_classes):
    width = ValueChoice("width", [2, 4])
    norm = BatchNorm2d(width, momentum=None)
    return nn.Sequential(Conv2d(3, width, 1), norm, *end(width, n_classes))


def flattened(n_classes):
    width, hidden = ValueChoice("width", [2, 3]), ValueChoice("hidden", [4, 8])
    body = nn.Sequential(Conv2d(3, width, 3), nn.Flatten(), Linear(width * 36, hidden), nn.ReLU())
    return nn.Sequential(body, Linear(hidden, n_classes, bias=False))


def layers(n_classes):
    def inner():
        return Repeat("in", lambda _: nn.Conv2d(4, 4, 1), [0, 1, 2])

    candidates = {"conv": lambda: nn.Conv2d(4, 4, 3, padding=1), "more": inner, "x": nn.Identity}
    return nn.Sequential(nn.Conv2d(3, 4, 1), LayerChoice("layer", candidates), *end(4, n_classes))


SPACES = {
    "widths": (widths, {}),
    "grouped": (grouped, {}),
    "kernels": (kernels, {}),
    "spatial": (spatial, {}),
    "dense or depthwise": (dense_or_depthwise, {}),
    "even": (even, {}),
    "upright": (upright, {}),
    "averaged": (averaged, {}),
    "flattened": (flattened, {}),
    "layers": (layers, {}),
    **{
        f"{combine} {n}": (Inputs, {"combine": combine, "n_chosen": n})
        for combine in ("sum", "mean", "concat")
        for n in (1, 2, None)
    },
}


@pytest.fixture(scope="session")
def shared_of():
    """The shared network of one of the spaces by name, always with the same weights."""

    def build(name):
        function, arguments = SPACES[name]
        torch.manual_seed(0)
        return SharedNetwork(Space(function, n_classes=2, image_px=(8, 8), **arguments))

    return build


@pytest.fixture(scope="session")
def disturb():
    """Changes statistics and weights, which an untouched norm would not show."""

    def change(network):
        with torch.no_grad():
            for tensor in [*network.parameters(), *network.buffers()]:
                if tensor.is_floating_point():
                    tensor.add_(torch.rand_like(tensor) * 0.1)

    return change
