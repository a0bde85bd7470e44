"""The shared network computes what the fixed ones do, with gradients on the probabilities."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from buffycoat.errors import SpaceError
from buffycoat.search.space.choices import InputChoice, LayerChoice, Repeat, ValueChoice
from buffycoat.search.space.layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    GroupNorm,
    Linear,
)
from buffycoat.search.space.shared import SharedNetwork
from buffycoat.search.space.space import Space
from buffycoat.search.space.values import computed


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
    "flattened": (flattened, {}),
    "layers": (layers, {}),
    **{
        f"{combine} {n}": (Inputs, {"combine": combine, "n_chosen": n})
        for combine in ("sum", "mean", "concat")
        for n in (1, 2, None)
    },
}


def shared_of(name):
    function, arguments = SPACES[name]
    torch.manual_seed(0)
    return Space(function, n_classes=2, image_px=(8, 8), checked=False, **arguments).shared()


def disturb(network):
    """Statistics and weights that an untouched norm would not show."""
    with torch.no_grad():
        for tensor in [*network.parameters(), *network.buffers()]:
            if tensor.is_floating_point():
                tensor.add_(torch.rand_like(tensor) * 0.1)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("training", [True, False])
def test_settled_choices_compute_what_the_fixed_network_does(name, training):
    shared = shared_of(name).train(training)
    disturb(shared)
    images = torch.randn(3, 3, 8, 8)
    for architecture in shared.space.every():
        fixed = shared.inherit(architecture)
        assert fixed.training == training
        shared.choose(architecture)
        torch.testing.assert_close(shared(images), fixed(images), rtol=1e-5, atol=1e-5)


def test_all_kinds_of_choices_at_once(space):
    torch.manual_seed(0)
    shared = space.shared().eval()
    disturb(shared)
    images = torch.randn(2, 3, 16, 16)
    for seed in range(8):
        architecture = space.draw(np.random.default_rng(seed))
        shared.choose(architecture)
        fixed = shared.inherit(architecture)
        torch.testing.assert_close(shared(images), fixed(images), rtol=1e-5, atol=1e-5)


def near(space, architecture, rest):
    """Probabilities of nearly one for an architecture, so that everything is mixed."""
    full = {d.name: d.options[0] for d in space.dimensions} | architecture
    vectors = {}
    for one in space.dimensions:
        n = len(one.options)
        vectors[one.name] = torch.full((n,), rest / max(n - 1, 1))
        vectors[one.name][one.options.index(full[one.name])] = 1 - rest if n > 1 else 1
    return vectors


@pytest.mark.parametrize("name", [name for name in SPACES if name != "spatial"])
def test_the_mixture_tends_to_the_fixed_network(name):
    shared = shared_of(name).double().eval()
    disturb(shared)
    images = torch.randn(3, 3, 8, 8, dtype=torch.double)
    for architecture in shared.space.every():
        shared.set({n: v.double() for n, v in near(shared.space, architecture, 1e-4).items()})
        wanted = shared.inherit(architecture).double()(images)
        torch.testing.assert_close(shared(images), wanted, rtol=1e-2, atol=1e-2)


def test_mixtures_are_weighted_sums():
    shared = shared_of("layers").eval()
    shared.set(
        {"layer": torch.tensor([0.2, 0.5, 0.3]), "layer.more.in": torch.tensor([0.5, 0.0, 0.5])}
    )
    stem, choice = shared.network[0], shared.network[1]
    images = torch.randn(2, 3, 8, 8)
    maps = stem(images)
    conv, more, _ = choice.candidates
    deep = more.blocks[1](more.blocks[0](maps))
    wanted = 0.2 * conv(maps) + 0.5 * (0.5 * maps + 0.5 * deep) + 0.3 * maps
    torch.testing.assert_close(choice(maps), wanted)


def test_a_searched_width_masks_channels_by_their_probability():
    shared = shared_of("widths").eval()
    shared.set({"a": torch.tensor([0.2, 0.3, 0.5]), "b": torch.tensor([1.0, 0.0])})
    conv = shared.network[0]
    images = torch.randn(2, 3, 8, 8)
    kept = torch.tensor([1, 1, 0.8, 0.8, 0.5, 0.5]).reshape(6, 1, 1)
    torch.testing.assert_close(conv(images), conv.full(images) * kept)


@pytest.mark.parametrize("settled", [True, False])
def test_gradients_reach_every_probability(space, settled):
    torch.manual_seed(0)
    shared = space.shared()
    logits = {d.name: torch.randn(len(d.options), requires_grad=True) for d in space.dimensions}
    vectors = {}
    for name, one in logits.items():
        soft = one.softmax(0)
        hard = torch.zeros_like(soft)
        # The deepest network and both of its inputs, so that every choice is active.
        hard[-1] = 1
        vectors[name] = hard - soft.detach() + soft if settled else soft
    shared.set(vectors)
    shared(torch.randn(4, 3, 16, 16)).square().sum().backward()
    # A choice with a single option has nothing to learn.
    several = [d.name for d in space.dimensions if len(d.options) > 1]
    assert all(logits[name].grad.abs().sum() > 0 for name in several)


def test_a_settled_choice_computes_nothing_else():
    shared = shared_of("layers")
    shared.choose({"layer": "x"})
    ran = []
    for one in shared.network[1].candidates:
        one.register_forward_hook(lambda module, *_: ran.append(module))
    shared(torch.randn(2, 3, 8, 8)).sum().backward()
    assert ran == [shared.network[1].candidates[2]]
    assert shared.network[1].candidates[0].weight.grad is None


def test_training_through_a_cut_changes_only_what_was_cut():
    shared = shared_of("widths")
    shared.choose({"a": 4, "b": 1})
    shared(torch.randn(4, 3, 8, 8)).square().sum().backward()
    gradient = shared.network[0].full.weight.grad
    assert (gradient[:4] != 0).any()
    assert (gradient[4:] == 0).all()
    norm = shared.network[1].full
    assert (norm.running_mean[:4] != 0).all()
    assert (norm.running_mean[4:] == 0).all()


def test_a_mixed_dropout_keeps_the_expectation():
    def build():
        return nn.Sequential(Dropout(ValueChoice("rate", [0.0, 0.5])))

    shared = Space(build, n_classes=2, checked=False).shared()
    shared.set({"rate": torch.tensor([0.5, 0.5])})
    torch.manual_seed(0)
    values = shared(torch.ones(20000))
    # One noise for both rates: half of the values 0.5 + 0, half 0.5 + 0.5 * 2.
    assert sorted(values.unique().tolist()) == [0.5, 1.5]
    assert float(values.mean()) == pytest.approx(1, abs=0.02)
    assert torch.equal(shared.eval()(torch.ones(5)), torch.ones(5))


def test_a_copy_has_its_own_weights_and_probabilities():
    shared = shared_of("layers").eval()
    other = copy.deepcopy(shared)
    images = torch.randn(2, 3, 8, 8)
    other.choose({"layer": "x"})
    shared.choose({"layer": "conv"})
    fixed = shared.inherit({"layer": "conv"})
    disturb(other)
    torch.testing.assert_close(shared(images), fixed(images))


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        ({"lair": torch.ones(1)}, "no choice named 'lair'; did you mean: layer"),
        ({"layer": torch.ones(2) / 2}, "choice 'layer' has 3 options, not"),
        ({"layer": torch.tensor([1.0, 2.0, 0.0])}, "got 1, 2, 0: no probabilities that add up"),
        ({"layer": torch.tensor([torch.nan, 0.5, 0.5])}, "got nan"),
        ({}, "the choice 'layer' has no probabilities: call set"),
    ],
)
def test_what_is_no_probability_is_refused(vectors, said):
    shared = shared_of("layers")
    with pytest.raises(SpaceError, match=said):
        _run(shared, vectors)


def _run(shared, vectors):
    shared.set(vectors)
    return shared(torch.randn(2, 3, 8, 8))


def test_outputs_that_cannot_be_mixed_are_named():
    shared = shared_of("spatial")
    shared.set({"kernel": torch.tensor([0.5, 0.5]), "stride": torch.tensor([1.0, 0.0])})
    said = "options of the choice 'kernel' and 'stride' give .* cannot be mixed"
    with pytest.raises(SpaceError, match=said):
        shared(torch.randn(2, 3, 8, 8))


@pytest.mark.parametrize(
    "layer",
    [
        lambda width: nn.Conv2d(3, width, 3),
        lambda width: nn.Conv2d(3, 4, width),
        lambda width: nn.BatchNorm2d(width),
        lambda width: nn.Sequential(nn.Linear(width, 2)),
        lambda width: nn.MaxPool2d(width),
        lambda width: nn.Upsample(size=(width, 3)),
    ],
)
def test_a_plain_layer_with_a_searched_value_is_named_in_a_shared_network(layer):
    space = Space(lambda: layer(ValueChoice("width", [2, 4])), n_classes=2, checked=False)
    assert isinstance(space.fixed({"width": 2}), nn.Module)
    with pytest.raises(SpaceError, match=r"'width'.*search\.space\.layers") as caught:
        space.shared()
    assert "plain torch layer" in str(caught.value) or "single value" in str(caught.value)


@pytest.mark.parametrize(
    "use", [range, int, float, bool, lambda one: one > 2, lambda one: one == 2]
)
def test_a_searched_value_is_no_number_in_a_shared_network(use):
    def build():
        use(ValueChoice("width", [2, 4]))
        return nn.Identity()

    with pytest.raises(SpaceError, match="'width' has no single value in a shared network"):
        SharedNetwork(Space(build, n_classes=2, checked=False))
