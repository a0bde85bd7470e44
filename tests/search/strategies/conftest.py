"""A space whose scores are known, one that learns in a second, and a clock that tasks move."""

import contextlib
from dataclasses import dataclass, field

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from buffycoat.search.space.choices import LayerChoice, ValueChoice
from buffycoat.search.space.layers import Conv2d, Linear
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.attempt import seeded


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.worth = ValueChoice("rate", [1, 2, 3])


class Flat(nn.Module):
    worth = 0


class Known(nn.Module):
    """Its score is width + 10 * rate, where there is a rate."""

    def __init__(self, n_classes):
        super().__init__()
        self.width = ValueChoice("width", [1, 2, 3, 4])
        self.body = LayerChoice("body", {"flat": Flat, "deep": Deep})
        self.last = Linear(3, n_classes)

    def forward(self, images):
        return self.last(images.mean((2, 3)))


@dataclass
class KnownTask:
    """Scores at once; the clock moves by `seconds` for every trial."""

    clock: Clock = field(default_factory=Clock)
    seconds: float = 10.0
    bad: float | Exception = 0.0
    all_bad: bool = False
    n_scored: int = 0

    def score(self, network, seed):
        self.n_scored += 1
        self.clock.now += self.seconds
        if self.bad and (self.all_bad or network.body.worth == 0):
            if isinstance(self.bad, Exception):
                raise self.bad
            return self.bad
        return network.width + 10.0 * network.body.worth


class Stripes(nn.Module):
    """A 1 x 1 convolution cannot tell stripes that lie from stripes that stand."""

    def __init__(self, n_classes):
        super().__init__()
        width = ValueChoice("width", [4, 6])
        self.conv = LayerChoice(
            "conv",
            {
                "blind": lambda: Conv2d(3, width, 1),
                "seeing": lambda: Conv2d(3, width, 3, padding=1),
            },
        )
        self.last = Linear(width, n_classes)

    def forward(self, images):
        return self.last(torch.relu(self.conv(images)).mean((2, 3)))


class StripesTask:
    """Forty images of stripes; half of them are for learning, ten of these for each half."""

    n_classes = 2
    device = torch.device("cpu")

    def __init__(self):
        self.clock = Clock()
        draws = torch.Generator().manual_seed(0)
        self.labels = torch.arange(40) % 2
        line = torch.tensor([1.0, -1.0]).repeat(4)
        lying = line[:, None].expand(8, 8)
        both = torch.stack([lying, lying.T])
        sign = torch.randint(0, 2, (40, 1, 1), generator=draws) * 2.0 - 1
        noise = 0.3 * torch.randn(40, 3, 8, 8, generator=draws)
        self.images = (both[self.labels] * sign)[:, None] + noise

    def autocast(self):
        return contextlib.nullcontext()

    def batches(self, part, seed):
        self.clock.now += 1.0
        first = 0 if part == "weights" else 10
        for _ in range(4):
            yield self.images[first : first + 10], self.labels[first : first + 10]

    def n_batches(self, part):
        return 4

    def validate(self, network):
        self.clock.now += 1.0
        network.eval()
        with torch.inference_mode():
            predicted = network(self.images[20:]).argmax(1)
        return float((predicted == self.labels[20:]).float().mean())

    def score(self, network, seed):
        self.clock.now += 1.0
        with seeded(seed):
            optimizer = torch.optim.Adam(network.parameters(), 0.05)
            for _ in range(25):
                optimizer.zero_grad()
                F.cross_entropy(network(self.images[:20]), self.labels[:20]).backward()
                optimizer.step()
        return self.validate(network)


@pytest.fixture(scope="session")
def known():
    return Space(Known, n_classes=2)


@pytest.fixture(scope="session")
def stripes():
    return Space(Stripes, n_classes=2, image_px=(8, 8))


@pytest.fixture
def known_task():
    """Makes a task of known scores."""
    return KnownTask


@pytest.fixture(scope="session")
def stripes_task():
    """Makes a task of stripes."""
    return StripesTask


@pytest.fixture
def clock():
    """Seconds that pass when they are told to."""
    return Clock()
