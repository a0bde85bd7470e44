"""Arithmetic over searched numbers, and how likely each result is."""

from __future__ import annotations

import operator

import pytest
import torch

from buffycoat.errors import SpaceError
from buffycoat.search.space.dimension import Dimension
from buffycoat.search.space.probabilities import Probabilities
from buffycoat.search.space.values import Value, computed

WIDTHS, RATIOS = (8, 12), (1, 2, 3)


@pytest.fixture
def pair():
    probabilities = Probabilities([Dimension("w", WIDTHS), Dimension("r", RATIOS)])
    width = Value({"w": WIDTHS}, lambda picked: picked["w"], probabilities)
    ratio = Value({"r": RATIOS}, lambda picked: picked["r"], probabilities)
    return width, ratio, probabilities


@pytest.mark.parametrize(
    "formula",
    [
        lambda w, r: w * r,
        lambda w, r: 2 * w + r - 1,
        lambda w, r: (100 - w) // r,
        lambda w, r: 100 // w % r,
        lambda w, r: 7 % w / r,
        lambda w, r: -(w**r) + 1 / r,
        lambda w, r: computed(max, w, r * 5),
        lambda w, r: w + w * 0 + r * 0,
    ],
)
def test_arithmetic_is_that_of_the_plain_numbers(pair, formula):
    width, ratio, probabilities = pair
    value = formula(width, ratio)
    assert value.every() == [formula(w, r) for w in WIDTHS for r in RATIOS]
    probabilities.set({"w": torch.tensor([0.0, 1.0]), "r": torch.tensor([0.0, 1.0, 0.0])})
    assert value.chosen() == formula(12, 2)


def test_a_product_of_two_choices_is_as_likely_as_both(pair):
    width, ratio, probabilities = pair
    probabilities.set({"w": torch.tensor([0.25, 0.75]), "r": torch.tensor([0.5, 0.5, 0.0])})
    value = width * ratio
    assert value.chosen() is None
    found = [(number, round(float(p), 6)) for number, p in value.distribution()]
    # The option of probability 0 takes no part.
    assert found == [(8, 0.125), (16, 0.125), (12, 0.375), (24, 0.375)]


def test_a_choice_used_twice_counts_once(pair):
    width, _, probabilities = pair
    probabilities.set({"w": torch.tensor([0.25, 0.75])})
    assert [(n, float(p)) for n, p in (width * width).distribution()] == [(64, 0.25), (144, 0.75)]


def test_a_straight_through_sample_counts_as_settled(pair):
    _, ratio, probabilities = pair
    soft = torch.tensor([0.3, 2.0, 1.0], requires_grad=True).softmax(0)
    probabilities.set({"r": torch.tensor([0.0, 1.0, 0.0]) - soft.detach() + soft})
    assert ratio.chosen() == 2
    assert float(ratio.gate().detach()) == pytest.approx(1)
    with torch.no_grad():
        assert ratio.gate() is None


def test_learned_probabilities_of_zero_take_part(pair):
    _, ratio, probabilities = pair
    probabilities.set({"r": torch.tensor([0.5, 0.5, 0.0], requires_grad=True)})
    assert ratio.live() == [1, 2, 3]


def test_plain_numbers_stay_plain():
    assert computed(operator.mul, 3, 4) == 12


def test_a_number_of_too_many_choices_is_refused(pair):
    probabilities = pair[2]
    values = [
        Value({str(n): tuple(range(20))}, lambda picked, n=n: picked[str(n)], probabilities)
        for n in range(3)
    ]
    with pytest.raises(SpaceError, match="over 4096 combinations of the choices '0' and '1' and"):
        values[0] + values[1] + values[2]
