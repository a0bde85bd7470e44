"""Mixtures, gradients and refusals of a shared network."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn

from buffycoat.errors import SpaceError
from buffycoat.search.space.choices import ValueChoice
from buffycoat.search.space.layers import BatchNorm2d, Conv2d, Dropout, GroupNorm, Linear
from buffycoat.search.space.shared import SharedNetwork
from buffycoat.search.space.space import Space
from buffycoat.search.space.values import computed


def test_mixtures_are_weighted_sums(shared_of):
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


def test_a_searched_width_masks_channels_by_their_probability(shared_of):
    shared = shared_of("widths").eval()
    shared.set({"a": torch.tensor([0.2, 0.3, 0.5]), "b": torch.tensor([1.0, 0.0])})
    conv = shared.network[0]
    images = torch.randn(2, 3, 8, 8)
    kept = torch.tensor([1, 1, 0.8, 0.8, 0.5, 0.5]).reshape(6, 1, 1)
    torch.testing.assert_close(conv(images), conv.full(images) * kept)


@pytest.mark.parametrize("settled", [True, False])
def test_gradients_reach_every_probability(space, settled):
    torch.manual_seed(0)
    shared = SharedNetwork(space)
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


def test_a_settled_choice_computes_nothing_else(shared_of):
    shared = shared_of("layers")
    shared.choose({"layer": "x"})
    ran = []
    for one in shared.network[1].candidates:
        one.register_forward_hook(lambda module, *_: ran.append(module))
    shared(torch.randn(2, 3, 8, 8)).sum().backward()
    assert ran == [shared.network[1].candidates[2]]
    assert shared.network[1].candidates[0].weight.grad is None


def test_training_through_a_cut_changes_only_what_was_cut(shared_of):
    shared = shared_of("widths")
    shared.choose({"a": 4, "b": 1})
    shared(torch.randn(4, 3, 8, 8)).square().sum().backward()
    gradient = shared.network[0].full.weight.grad
    assert (gradient[:4] != 0).any()
    assert (gradient[4:] == 0).all()
    norm = shared.network[1].full
    assert (norm.running_mean[:4] != 0).all()
    assert (norm.running_mean[4:] == 0).all()


@pytest.mark.parametrize("is_coupled", [True, False])
def test_a_mixture_of_kernels_and_widths_is_the_expectation(is_coupled):
    def build(n_classes):
        width = ValueChoice("width", [2, 6])
        chosen = width if is_coupled else ValueChoice("kernel", [2, 6])
        kernel = computed(lambda n: 3 if n == 2 else 1, chosen)
        conv = Conv2d(3, width, kernel, padding=kernel // 2)
        return nn.Sequential(conv, nn.Flatten(), Linear(width * 16, n_classes))

    torch.manual_seed(0)
    shared = SharedNetwork(Space(build, n_classes=2)).double()
    likely = {"width": [0.3, 0.7], **({} if is_coupled else {"kernel": [0.6, 0.4]})}
    shared.set({name: torch.tensor(one).double() for name, one in likely.items()})
    images = torch.randn(2, 3, 4, 4, dtype=torch.double)
    wanted = torch.zeros(2, 2, dtype=torch.double)
    for one in shared.space.every():
        p = math.prod(likely[name][[2, 6].index(option)] for name, option in one.items())
        wanted += p * shared.inherit(one).double()(images)
    torch.testing.assert_close(shared(images), wanted, rtol=1e-5, atol=1e-6)


def test_a_norm_without_momentum_keeps_the_mean_of_all_batches(shared_of):
    shared = shared_of("averaged").train()
    shared.choose({"width": 2})
    conv, norm = shared.network[0], shared.network[1]
    batches = torch.randn(3, 4, 3, 8, 8)
    means = torch.stack([conv(batch).mean((0, 2, 3)) for batch in batches])
    for batch in batches:
        shared(batch)
    torch.testing.assert_close(norm.full.running_mean[:2], means.mean(0))


@pytest.mark.parametrize("stride", [1, 2])
def test_a_depthwise_convolution_of_searched_width_learns_by_the_quick_gradient(stride):
    """Torch's own gradient takes 20 to 300 times as long in bfloat16."""

    def build():
        width = ValueChoice("width", [4, 8])
        return Conv2d(width, width, 3, stride, 1, groups=width)

    torch.manual_seed(0)
    shared = SharedNetwork(Space(build, n_classes=2))
    shared.choose({"width": 4})
    fixed = shared.inherit({"width": 4})
    images = torch.randn(2, 4, 8, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ours, theirs = shared(images), fixed(images)
    ours.square().sum().backward()
    theirs.square().sum().backward()
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0.02)
    gradient = shared.network.full.weight.grad
    torch.testing.assert_close(gradient[:4], fixed.weight.grad, rtol=0.05, atol=0.5)
    assert (gradient[4:] == 0).all()
    seen, functions = [], [ours.grad_fn]
    while functions:
        one = functions.pop()
        seen.append(one.name())
        functions += [before for before, _ in one.next_functions if before]
    assert any("Depthwise" in name for name in seen)


@pytest.mark.parametrize(
    ("name", "build"),
    [
        ("bias", lambda value: Conv2d(3, 2, 1, bias=value)),
        ("bias", lambda value: Linear(3, 2, bias=value)),
        ("affine", lambda value: BatchNorm2d(3, affine=value)),
        ("eps", lambda value: GroupNorm(1, 3, eps=value)),
    ],
)
def test_what_no_shared_weights_have_is_refused_by_name(name, build):
    options = [1e-5, 1e-3] if name == "eps" else [True, False]
    space = Space(lambda: build(ValueChoice("own", options)), n_classes=2)
    with pytest.raises(SpaceError, match=f"the choice 'own' decides {name}.*LayerChoice"):
        SharedNetwork(space)


def test_a_mixed_dropout_keeps_the_expectation():
    def build():
        return nn.Sequential(Dropout(ValueChoice("rate", [0.0, 0.5])))

    shared = SharedNetwork(Space(build, n_classes=2))
    shared.set({"rate": torch.tensor([0.5, 0.5])})
    torch.manual_seed(0)
    values = shared(torch.ones(20000))
    # One noise for both rates: half of the values 0.5 + 0, half 0.5 + 0.5 * 2.
    assert sorted(values.unique().tolist()) == [0.5, 1.5]
    assert float(values.mean()) == pytest.approx(1, abs=0.02)
    assert torch.equal(shared.eval()(torch.ones(5)), torch.ones(5))


def test_a_copy_has_its_own_weights_and_probabilities(shared_of, disturb):
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
def test_what_is_no_probability_is_refused(shared_of, vectors, said):
    shared = shared_of("layers")
    with pytest.raises(SpaceError, match=said):
        _run(shared, vectors)


def _run(shared, vectors):
    shared.set(vectors)
    return shared(torch.randn(2, 3, 8, 8))


def test_outputs_that_cannot_be_mixed_are_named(shared_of):
    shared = shared_of("spatial")
    shared.set({"kernel": torch.tensor([0.5, 0.5]), "stride": torch.tensor([1.0, 0.0])})
    said = "options of the choice 'kernel' and 'stride' give .* cannot be mixed"
    with pytest.raises(SpaceError, match=said):
        shared(torch.randn(2, 3, 8, 8))


@pytest.mark.parametrize(
    ("kind", "layer"),
    [
        ("Conv2d", lambda width: nn.Conv2d(3, width, 3)),
        ("Conv2d", lambda width: nn.Conv2d(3, 4, width)),
        ("BatchNorm2d", lambda width: nn.BatchNorm2d(width)),
        ("Linear", lambda width: nn.Sequential(nn.Linear(width, 2))),
        ("Dropout", lambda width: nn.Dropout(width / 8)),
        ("MaxPool2d", lambda width: nn.MaxPool2d(width)),
        ("Upsample", lambda width: nn.Upsample(size=(width, 3))),
    ],
)
def test_a_plain_layer_with_a_searched_value_is_named_in_a_shared_network(kind, layer):
    space = Space(lambda: layer(ValueChoice("width", [2, 4])), n_classes=2)
    assert isinstance(space.fixed({"width": 2}), nn.Module)
    said = f"the plain torch layer {kind} was given the choice 'width'.*search.space.layers"
    with pytest.raises(SpaceError, match=said):
        SharedNetwork(space)


@pytest.mark.parametrize(
    "use", [range, int, float, bool, lambda one: one > 2, lambda one: one == 2]
)
def test_a_searched_value_is_no_number_in_a_shared_network(use):
    def build():
        use(ValueChoice("width", [2, 4]))
        return nn.Identity()

    with pytest.raises(SpaceError, match="'width' has no single value in a shared network"):
        SharedNetwork(Space(build, n_classes=2))
