"""A space with a choice of every kind, nested."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from buffycoat.search.space.cell import Cell
from buffycoat.search.space.choices import InputChoice, LayerChoice, Repeat, ValueChoice
from buffycoat.search.space.layers import BatchNorm2d, Conv2d, Dropout, Linear
from buffycoat.search.space.space import Space


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
