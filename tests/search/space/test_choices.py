"""What is written wrongly is refused by name, when the space is built."""

from __future__ import annotations

import re

import pytest
from torch import nn

from buffycoat.errors import SpaceError
from buffycoat.search.space.cell import Cell
from buffycoat.search.space.checking import checked_space
from buffycoat.search.space.choices import InputChoice, LayerChoice, Repeat, ValueChoice
from buffycoat.search.space.space import Space


def two(name="a"):
    return LayerChoice(name, {"x": nn.Identity, "y": nn.ReLU})


def twice():
    return nn.Sequential(two(), two())


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (twice, "the name 'a' is used by two choices"),
        (lambda: nn.ReLU(), "has no choices"),
        (lambda: LayerChoice("a", {"x": nn.ReLU}), "has one architecture only"),
        (lambda: LayerChoice("a", {}), "choice 'a' has no options"),
        (lambda: LayerChoice("a", {"x": nn.ReLU()}), "write lambda: ReLU(...)"),
        (lambda: LayerChoice("a", {"x": lambda: 3}), "gave int, not a torch module"),
        (lambda: LayerChoice("a", {1: nn.ReLU}), "name 1 is no text"),
        (lambda: LayerChoice("", {"x": nn.ReLU}), "a choice is named ''"),
        (lambda: LayerChoice("a", {"x": nn.ReLU, "y": nn.Linear}), "'a': a.y cannot be built"),
        (lambda: ValueChoice("a", []), "choice 'a' has no options"),
        (lambda: ValueChoice("a", [1, 2, 1]), "has the option 1 twice"),
        (lambda: ValueChoice("a", [(1, 2)]), "(1, 2) is a tuple; options are numbers or words"),
        (lambda: Repeat("a", nn.ReLU(), [1, 2]), "the block is a ReLU, not a function"),
        (lambda: Repeat("a", lambda _: nn.ReLU(), [-1, 2]), "-1 is no depth"),
        (lambda: InputChoice("a", 2, 3), "3 of 2 inputs cannot be chosen"),
        (lambda: InputChoice("a", 20, None), "1048575 subsets"),
        (lambda: InputChoice("a", 2, combine="product"), "combine is 'product'"),
        (lambda: Cell("a", {"x": nn.ReLU}, n_nodes=0), "cell 'a': n_nodes"),
        (lambda: 3, "gave int, not a torch module"),
        (lambda: 1 / 0, "fails: division by zero"),
    ],
)
def test_mistakes_are_named(build, said):
    with pytest.raises(SpaceError, match=re.escape(said)):
        Space(lambda: build(), n_classes=2)


def test_the_same_name_in_two_places_gets_two_prefixes():
    def build():
        return Repeat("depth", lambda _: LayerChoice("in", {"x": two, "y": nn.ReLU}), [1, 2])

    names = [one.name for one in Space(build, n_classes=2).dimensions]
    assert names == [
        "depth",
        "depth.0.in",
        "depth.0.in.x.a",
        "depth.1.in",
        "depth.1.in.x.a",
    ]


@pytest.mark.parametrize("when", [1, 2])
def test_a_choice_that_depends_on_a_value_is_named(when):
    def build():
        inner = two() if ValueChoice("which", [1, 2]) == when else nn.Identity()
        return nn.Sequential(inner, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))

    said = "'which' = 2: the choice 'a' is built under some values of others only"
    with pytest.raises(SpaceError, match=said):
        checked_space(build, n_classes=2, image_px=(4, 4))
