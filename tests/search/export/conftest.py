import pytest
import torch
from torch import nn

from buffycoat.search.space.choices import InputChoice, LayerChoice, Repeat, ValueChoice
from buffycoat.search.space.layers import BatchNorm2d, Conv2d, Linear
from buffycoat.search.space.space import Space


class Own(nn.Module):
    """Every kind of choice, layers by function and by method, and a skip."""

    def __init__(self, n_classes):
        super().__init__()
        width = ValueChoice("width", [4, 8])
        self.stem = Conv2d(3, width, 3, stride=2, padding=1, bias=False)
        self.norm = BatchNorm2d(width)
        self.conv = LayerChoice(
            'of "two" kinds',
            {
                "3x3": lambda: Conv2d(width, width, 3, padding=1),
                "pool": lambda: nn.MaxPool2d(3, 1, 1),
            },
        )
        self.blocks = Repeat("depth", lambda _: Conv2d(width, width, 1), [0, 1, 2])
        self.join = InputChoice("join", 3, None, "mean")
        self.drop = nn.Dropout(0.3)
        self.last = Linear(width, n_classes)

    def forward(self, images):
        maps = torch.relu(self.norm(self.stem(images)))
        inner = self.conv(maps)
        deep = self.blocks(inner).sigmoid()
        maps = nn.functional.avg_pool2d(self.join([maps, inner, deep]), 2)
        return self.last(self.drop(maps.mean((2, 3))))


ARCHITECTURE = {"width": 8, 'of "two" kinds': "3x3", "depth": 2, "join": [0, 2]}


@pytest.fixture
def space():
    return Space(Own, n_classes=4, image_px=(16, 16))


@pytest.fixture
def architecture():
    return dict(ARCHITECTURE)
