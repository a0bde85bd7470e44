"""Searches by architecture weights, which learn by gradient."""

import math
from functools import partial

import pytest
import torch
from torch import nn

from buffycoat.search.space.choices import LayerChoice
from buffycoat.search.space.space import Space
from buffycoat.search.strategies import relaxed
from buffycoat.search.strategies.budget import Meter, SearchBudget
from buffycoat.search.strategies.catalogue import strategies
from buffycoat.search.strategies.gumbel import _drawn
from buffycoat.search.strategies.relaxed import Course, _Relaxed


def test_each_half_of_the_rows_teaches_its_own_weights(stripes, stripes_task):
    task = stripes_task()
    course = Course("darts", epochs=1, rate=0.1, architecture_rate=0.1, patience=0)
    search = _Relaxed(stripes, task, lambda w, done: w.softmax(0), course, 0)

    def of_network():
        return torch.cat([p.detach().flatten() for p in search.shared.network.parameters()])

    def of_choices():
        return torch.cat([w.detach() for w in search.weights.of.values()])

    network, choices = of_network().clone(), of_choices().clone()
    search._learn_choice(next(task.batches("architecture", 0)), 0.5)
    assert torch.equal(of_network(), network)
    # The first step of Adam is as long as its rate, whatever the gradient.
    assert (of_choices() - choices).abs().max() == pytest.approx(0.1, rel=1e-3)
    choices = of_choices().clone()
    search.shared.network.set(search._probabilities(0.5, learns=False))
    search.shared.step(next(task.batches("weights", 0)), 0.5)
    assert torch.equal(of_choices(), choices)
    assert not torch.equal(of_network(), network)


def _search_of(space, task, patience=0):
    course = Course("darts", epochs=9, rate=0.1, architecture_rate=0.1, patience=patience)
    return _Relaxed(space, task, lambda weights, done: weights.softmax(0), course, 0)


def test_what_a_network_holds_fast_stays_out_of_its_training(stripes_task):
    class Frozen(Normed):
        def __init__(self, n_classes):
            super().__init__(n_classes)
            self.norm.requires_grad_(False)

    task = stripes_task()
    search = _search_of(Space(Frozen, n_classes=2, image_px=(8, 8)), task)
    for _ in range(2):
        search.epoch(2, Meter(SearchBudget()))
    held = list(search.shared.network.network.norm.parameters())
    assert all(one.grad is None and not one.requires_grad for one in held)


class Nested(nn.Module):
    """A choice inside of a candidate."""

    def __init__(self, n_classes):
        super().__init__()
        inner = {"relu": nn.ReLU, "tanh": nn.Tanh}
        deep = partial(LayerChoice, "inner", inner)
        self.body = LayerChoice("body", {"flat": nn.Identity, "deep": deep})
        self.last = nn.Linear(3, n_classes)

    def forward(self, images):
        return self.last(self.body(images).mean((2, 3)))


def test_a_choice_has_settled_whatever_becomes_of_what_is_not_active(stripes_task):
    search = _search_of(Space(Nested, n_classes=2, image_px=(8, 8)), stripes_task(), patience=2)
    for option in (0, 1):
        with torch.no_grad():
            search.weights.of["body"].copy_(torch.tensor([5.0, -5.0]))
            search.weights.of["body.deep.inner"].zero_()[option] = 5.0
        search.epoch(2, Meter(SearchBudget()))
    assert search.is_settled


def test_a_gumbel_draw_is_one_option_as_often_as_its_weight_says():
    weights = torch.tensor([0.0, math.log(3.0)], requires_grad=True)
    torch.manual_seed(0)
    hard = torch.stack([_drawn(5.0, hard=True)(weights, 0.0) for _ in range(2000)])
    torch.manual_seed(0)
    soft = torch.stack([_drawn(5.0, hard=False)(weights, 0.0) for _ in range(2000)])
    assert float(hard.detach()[:, 1].mean()) == pytest.approx(0.75, abs=0.03)
    assert torch.equal(hard.detach().argmax(1), soft.argmax(1))
    assert bool(((soft > 0) & (soft < 1)).all())
    soft[:, 1].sum().backward()
    assert weights.grad[1] > 0 > weights.grad[0]


class Normed(nn.Module):
    """A norm behind the choice, which takes every factor of its output away again."""

    def __init__(self, n_classes):
        super().__init__()
        blind, seeing = partial(nn.Conv2d, 3, 6, 1), partial(nn.Conv2d, 3, 6, 3, padding=1)
        self.conv = LayerChoice("conv", {"blind": blind, "seeing": seeing})
        self.norm = nn.BatchNorm2d(6)
        self.last = nn.Linear(6, n_classes)

    def forward(self, images):
        return self.last(torch.relu(self.norm(self.conv(images))).mean((2, 3)))


@pytest.mark.parametrize("name", ["darts", "gumbel"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_better_option_is_learned_before_a_norm_too(name, seed, stripes_task, monkeypatch):
    """The network has learned: with one option its loss is 0.8, with the other 0."""
    monkeypatch.setattr(relaxed, "_epochs", lambda search, *_: search)
    space, task = Space(Normed, n_classes=2, image_px=(8, 8)), stripes_task()
    search = strategies.get(name)(space, task, seed=seed, budget=SearchBudget(), rate=0.05)
    network = search.shared.network.train()
    for step in range(80):
        network.choose({"conv": ("blind", "seeing")[step % 2]})
        for batch in task.batches("weights", 0):
            search.shared.step(batch, 0.3)
    torch.manual_seed(seed)
    for _ in range(60):
        search._learn_choice(next(task.batches("architecture", 0)), 0.3)
    assert search.weights.of["conv"].softmax(0)[1] > 0.55
