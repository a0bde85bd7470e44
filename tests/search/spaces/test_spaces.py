"""What every registered search space keeps to."""

import numpy as np
import pytest
import torch

from buffycoat.models.published import models
from buffycoat.registry import Choice
from buffycoat.search.objectives import multiply_adds, parameters
from buffycoat.search.space.shared import SharedNetwork
from buffycoat.search.spaces.catalogue import open_space, spaces

SIZE = {"small": 7776, "published": 8}


@pytest.fixture(scope="module", params=list(spaces))
def space(request):
    return open_space(Choice(request.param), 5, (32, 32))[0]


def test_drawn_networks_give_logits_and_learn_in_every_parameter(space):
    random = np.random.default_rng(3)
    for _ in range(3):
        network = space.fixed(space.draw(random)).train()
        logits = network(torch.rand(2, 3, 32, 32))
        assert logits.shape == (2, 5)
        logits.square().sum().backward()
        lost = [n for n, p in network.named_parameters() if p.grad is None]
        assert not lost


def test_a_fixed_network_has_no_trace_of_the_search(space):
    network = space.fixed(space.draw(np.random.default_rng(1)))
    with_weights = [m for m in network.modules() if any(True for _ in m.parameters(recurse=False))]
    assert all(type(m).__module__.startswith("torch.nn") for m in with_weights)


def test_a_shared_network_computes_what_the_fixed_one_does(space):
    architecture = space.draw(np.random.default_rng(2))
    shared, images = SharedNetwork(space).eval(), torch.rand(2, 3, 32, 32)
    shared.choose(architecture)
    with torch.no_grad():
        assert torch.allclose(shared(images), shared.inherit(architecture)(images), atol=1e-6)


def test_all_options_at_once_give_every_choice_a_gradient(space):
    shared = SharedNetwork(space).train()
    even = {d.name: torch.full((len(d.options),), 1 / len(d.options)) for d in space.dimensions}
    shared.set({name: row.requires_grad_() for name, row in even.items()})
    shared(torch.rand(2, 3, 32, 32)).square().sum().backward()
    assert not [name for name, row in even.items() if row.grad is None or not row.grad.any()]


def test_every_option_makes_another_network(space):
    """Changing one choice alone changes parameters, cost or the answers."""
    first = next(space.every())
    for dimension in space.dimensions:
        if dimension.name not in first:
            continue
        seen = set()
        for option in dimension.options:
            changed = {**space.draw(np.random.default_rng(0)), **first, dimension.name: option}
            for other in space.dimensions:  # inner choices that come into play
                changed.setdefault(other.name, other.options[0])
            torch.manual_seed(0)
            network = space.fixed(changed).eval()
            with torch.no_grad():
                answer = network(torch.linspace(0, 1, 3 * 32 * 32).reshape(1, 3, 32, 32))
            seen.add((parameters(network, (32, 32)), tuple(answer.flatten().tolist())))
        assert len(seen) == len(dimension.options), dimension.name


@pytest.mark.parametrize("name", list(SIZE))
def test_the_number_of_networks_is_as_it_says(name):
    assert open_space(Choice(name), 5, (64, 64))[0].n_architectures == SIZE[name]


def test_mobile_costs_mobilenet_v2_at_most():
    space, _ = open_space(Choice("mobile"), 8, (64, 64))
    largest = space.fixed(space.active({d.name: d.options[-1] for d in space.dimensions}))
    # timm's mobilenetv2_100 with eight classes
    assert multiply_adds(largest, (64, 64)) <= 24_458_752
    assert parameters(largest, (64, 64)) <= 2_234_120


def test_space_names_are_no_model_names():
    assert not set(spaces) & set(models)
