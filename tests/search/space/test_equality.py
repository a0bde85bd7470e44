"""A shared network computes what the fixed ones do, for every kind of choice."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from buffycoat.search.space.shared import SharedNetwork

KINDS = ["widths", "grouped", "kernels", "spatial", "flattened", "layers"]
KINDS += ["dense or depthwise", "even", "upright", "averaged"]
SUBSETS = [f"{combine} {n}" for combine in ("sum", "mean", "concat") for n in (1, 2, None)]
NAMES = KINDS + SUBSETS


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("training", [True, False])
def test_settled_choices_compute_what_the_fixed_network_does(shared_of, disturb, name, training):
    shared = shared_of(name).train(training)
    disturb(shared)
    images = torch.randn(3, 3, 8, 8)
    for architecture in shared.space.every():
        fixed = shared.inherit(architecture)
        assert fixed.training == training
        shared.choose(architecture)
        torch.testing.assert_close(shared(images), fixed(images), rtol=1e-5, atol=1e-5)


def test_all_kinds_of_choices_at_once(space, disturb):
    torch.manual_seed(0)
    shared = SharedNetwork(space).eval()
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


@pytest.mark.parametrize("name", [name for name in NAMES if name != "spatial"])
def test_the_mixture_tends_to_the_fixed_network(shared_of, disturb, name):
    shared = shared_of(name).double().eval()
    disturb(shared)
    images = torch.randn(3, 3, 8, 8, dtype=torch.double)
    for architecture in shared.space.every():
        shared.set({n: v.double() for n, v in near(shared.space, architecture, 1e-4).items()})
        wanted = shared.inherit(architecture).double()(images)
        torch.testing.assert_close(shared(images), wanted, rtol=1e-2, atol=1e-2)
