"""Dimensions, counting, drawing and fixing."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from buffycoat.errors import SettingError, SpaceError
from buffycoat.search.space.choices import InputChoice, LayerChoice, Repeat, ValueChoice
from buffycoat.search.space.combined import Combined
from buffycoat.search.space.dimension import Condition
from buffycoat.search.space.layers import Conv2d
from buffycoat.search.space.space import Space


def nested(n_classes):
    """conv: a (rate: 3, within b: nothing), depth 0 to 2 with a kernel of 2 in each block."""

    def block(_):
        kernel = ValueChoice("kernel", [1, 3])
        return nn.Conv2d(3, 3, kernel, padding=kernel // 2)

    def inside():
        ValueChoice("rate", [0.1, 0.2, 0.3])
        return Repeat("depth", block, [0, 2])

    return nn.Sequential(
        LayerChoice("conv", {"a": inside, "b": nn.Identity}),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(3, n_classes),
    )


@pytest.fixture
def small():
    return Space(nested, n_classes=2, image_px=(4, 4))


def test_dimensions_know_what_must_be_chosen_around_them(small):
    assert [(d.name, d.options, d.parent) for d in small.dimensions] == [
        ("conv", ("a", "b"), None),
        ("conv.a.rate", (0.1, 0.2, 0.3), Condition("conv", ("a",))),
        ("conv.a.depth", (0, 2), Condition("conv", ("a",))),
        ("conv.a.depth.0.kernel", (1, 3), Condition("conv.a.depth", (2,))),
        ("conv.a.depth.1.kernel", (1, 3), Condition("conv.a.depth", (2,))),
    ]


def test_every_architecture_is_listed_once_and_counted(small):
    listed = list(small.every())
    # b alone; a with 3 rates, and no block or two blocks of two kernels each.
    assert small.n_architectures == 1 + 3 * (1 + 2 * 2) == len(listed)
    assert len({json.dumps(one) for one in listed}) == len(listed)
    assert all(small.active(one) == one for one in listed)


def test_large_spaces_are_counted_without_listing(space):
    # width, ratio, conv, depths with kernels, subsets of two, rate; inputs and layers of the cell.
    expected = 3 * 2 * 2 * (2 + 4 + 8) * 3 * 2 * (2 * 2) ** 2 * (3 * 2) ** 2
    assert space.n_architectures == expected


def test_choices_inside_what_was_not_chosen_are_left_out(small):
    full = {"conv": "b", "conv.a.rate": 0.2, "conv.a.depth": 2, "conv.a.depth.0.kernel": 3}
    assert small.active(full) == {"conv": "b"}
    shallow = {"conv": "a", "conv.a.rate": 0.2, "conv.a.depth": 0, "conv.a.depth.0.kernel": 3}
    assert small.active(shallow) == {"conv": "a", "conv.a.rate": 0.2, "conv.a.depth": 0}


def test_drawn_options_are_uniform_where_they_matter_and_repeat_with_a_seed(small):
    rng = np.random.default_rng(0)
    drawn = [small.draw(rng) for _ in range(4000)]
    share = np.mean([one["conv"] == "a" for one in drawn])
    rates = [one["conv.a.rate"] for one in drawn if one["conv"] == "a"]
    assert share == pytest.approx(0.5, abs=0.03)
    assert np.mean(np.array(rates) == 0.3) == pytest.approx(1 / 3, abs=0.04)
    assert all(small.active(one) == one for one in drawn)
    rng = np.random.default_rng(0)
    assert drawn == [small.draw(rng) for _ in range(4000)]


def test_a_fixed_network_has_no_trace_of_the_search(space):
    for seed in range(5):
        network = space.fixed(space.draw(np.random.default_rng(seed)))
        ours = {type(one) for one in network.modules()} - {Combined}
        assert all(
            one.__module__.startswith("torch.") or one.__name__ in ("Net", "Block", "Cell")
            for one in ours
        )
        assert type(network.blocks) is nn.Sequential
        assert type(network.stem.out_channels) is int
        images = torch.randn(2, 3, 16, 16)
        network.eval()
        assert torch.equal(torch.fx.symbolic_trace(network)(images), network(images))


def test_an_architecture_survives_json_and_tuples(space):
    architecture = space.draw(np.random.default_rng(3))
    again = json.loads(json.dumps(architecture))
    tuples = {n: tuple(o) if isinstance(o, list) else o for n, o in again.items()}
    assert space.active(again) == space.active(tuples) == architecture


@pytest.mark.parametrize(
    ("architecture", "said"),
    [
        ({"convv": "b"}, "no choice named 'convv'; did you mean: conv"),
        ({"conv": "c"}, "choice 'conv' has no option 'c'; it has: 'a', 'b'"),
        ({"conv": "a", "conv.a.rate": 0.1}, "says nothing about the choice 'conv.a.depth'"),
    ],
)
def test_a_foreign_architecture_is_refused(small, architecture, said):
    with pytest.raises(SpaceError, match=said.replace(".", r"\.")):
        small.fixed(architecture)


def test_the_digest_tells_spaces_apart(small):
    def other(n_classes):
        network = nested(n_classes)
        network.append(nn.Linear(n_classes, n_classes))
        return network

    same = Space(nested, n_classes=2, image_px=(4, 4))
    assert same.digest == small.digest
    assert Space(nested, n_classes=3, image_px=(4, 4)).digest != small.digest
    # The same choices in another network.
    assert Space(other, n_classes=2, image_px=(4, 4)).digest != small.digest


def test_the_digest_knows_the_layers_of_every_candidate():
    def space(kernel=3, stride=1, act=nn.ReLU):
        def build(n_classes):
            kernels = {"1x1": 1, "wide": kernel}
            conv = LayerChoice(
                "conv",
                {
                    name: partial(nn.Conv2d, 3, n_classes, size, stride, size // 2)
                    for name, size in kernels.items()
                },
            )
            return nn.Sequential(conv, act(), nn.AdaptiveAvgPool2d(1), nn.Flatten())

        return Space(build, n_classes=2, image_px=(8, 8))

    assert space().digest == space().digest
    changed = [space(), space(kernel=5), space(stride=2), space(act=nn.Tanh)]
    assert len({one.digest for one in changed}) == 4


def test_more_arguments_and_the_size_reach_the_function():
    def sized(n_classes, image_px, hidden):
        width = ValueChoice("width", [hidden, hidden * 2])
        pixels = image_px[0] * image_px[1]
        return nn.Sequential(
            nn.Flatten(), nn.Linear(3 * pixels, width), nn.Linear(width, n_classes)
        )

    space = Space(sized, n_classes=2, image_px=(4, 6), hidden=7)
    assert space.dimensions[0].options == (7, 14)


def test_concatenated_inputs_tell_how_many_they_are():
    class Two(nn.Module):
        def __init__(self, n_classes):
            super().__init__()
            self.some = InputChoice("some", 3, None, combine="concat")
            self.head = Conv2d(3 * self.some.n_chosen, n_classes, 4)

        def forward(self, x):
            return self.head(self.some([x, x + 1, x + 2])).flatten(1)

    space = Space(Two, n_classes=2, image_px=(4, 4))
    assert space.n_architectures == 7
    assert space.fixed({"some": [0, 2]}).head.in_channels == 6


def test_choices_outside_of_a_space_are_refused():
    with pytest.raises(SpaceError, match="'width' is made outside of a space; hand the function"):
        ValueChoice("width", [1, 2])
    assert issubclass(SpaceError, SettingError)
