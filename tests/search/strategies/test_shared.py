"""Strategies whose architectures share their weights."""

import itertools
import math
from functools import partial

import pytest
import torch
from torch import nn

from buffycoat.errors import SettingError, SpaceError
from buffycoat.search.space.cell import Cell
from buffycoat.search.space.choices import InputChoice, LayerChoice, Repeat, ValueChoice
from buffycoat.search.space.layers import BatchNorm2d, Conv2d, Dropout, Linear
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.architecture_weights import ArchitectureWeights
from buffycoat.search.strategies.budget import Meter, SearchBudget
from buffycoat.search.strategies.catalogue import proposers, strategies
from buffycoat.search.strategies.shared_training import SharedTraining
from buffycoat.search.strategies.strategy import Scored, chosen

SHARED = [name for name in strategies if name not in proposers]


class Everything(nn.Module):
    """Every kind of choice, one inside the other too."""

    def __init__(self, n_classes):
        super().__init__()
        width = ValueChoice("width", [2, 4])
        kernel = ValueChoice("kernel", [1, 3])
        self.stem = nn.Sequential(
            Conv2d(3, width, kernel, padding=kernel // 2), BatchNorm2d(width), nn.ReLU()
        )
        same = {"same": nn.Identity, "conv": lambda: Conv2d(width, width, 3, padding=1)}
        self.blocks = Repeat("depth", lambda number: LayerChoice("layer", same), [1, 2])
        self.skip = InputChoice("skip", 2, None)
        self.cell = Cell("cell", same, n_nodes=1, n_slots=1, combine="sum")
        self.drop = Dropout(ValueChoice("rate", [0.0, 0.2]))
        self.last = Linear(width, n_classes)

    def forward(self, images):
        stem = self.stem(images)
        mixed = self.skip([stem, self.blocks(stem)])
        return self.last(self.drop(self.cell([stem, mixed]).mean((2, 3))))


class Unequal(nn.Module):
    """Candidates whose outputs cannot be added."""

    def __init__(self, n_classes):
        super().__init__()
        self.body = LayerChoice("stride", {"one": nn.Identity, "two": partial(nn.AvgPool2d, 2)})
        self.last = nn.Linear(3, n_classes)

    def forward(self, images):
        return self.last(self.body(images).mean((2, 3)))


class Plain(nn.Module):
    """A layer of torch's own that is given a choice."""

    def __init__(self, n_classes):
        super().__init__()
        width = ValueChoice("width", [4, 8])
        self.parts = nn.Sequential(nn.Linear(3, width), Linear(width, n_classes))

    def forward(self, images):
        return self.parts(images.mean((2, 3)))


class NoTime:
    """A task that nobody may train on."""

    device = torch.device("cpu")


@pytest.mark.parametrize("name", SHARED)
def test_every_kind_of_choice_can_be_searched(name, stripes_task):
    space = Space(Everything, n_classes=2, image_px=(8, 8))
    few = {"population": 4, "candidates": 6} if name == "single_path" else {}
    found = list(
        strategies.get(name)(space, stripes_task(), seed=0, budget=SearchBudget(), epochs=2, **few)
    )
    assert all(one.architecture == space.active(one.architecture) for one in found)
    assert all(math.isfinite(one.score) for one in found)
    assert len(found) == (6 if few else 2)


@pytest.mark.parametrize("name", SHARED)
def test_what_cannot_share_weights_is_refused_before_anything_is_trained(name):
    space = Space(Plain, n_classes=2)
    with pytest.raises(SpaceError, match=r"Linear was given the choice.*width"):
        strategies.get(name)(space, NoTime(), seed=0, budget=SearchBudget())


def test_what_cannot_be_mixed_is_refused_by_what_mixes(stripes_task):
    space = Space(Unequal, n_classes=2, image_px=(8, 8))
    for name in ("darts", "gumbel"):
        with pytest.raises(SpaceError, match=rf"{name} cannot search Unequal: .*'stride'"):
            strategies.get(name)(space, NoTime(), seed=0, budget=SearchBudget())
    search = strategies.get("single_path")
    assert list(search(space, stripes_task(), seed=0, budget=SearchBudget(), epochs=1))


@pytest.mark.parametrize("name", ["darts", "gumbel"])
def test_it_ends_when_the_choice_has_settled(name, stripes, stripes_task):
    search = strategies.get(name)
    found = list(
        search(
            stripes,
            stripes_task(),
            seed=0,
            budget=SearchBudget(),
            epochs=40,
            patience=3,
            architecture_rate=0.1,
        )
    )
    assert 3 <= len(found) < 40
    assert len({str(one.architecture) for one in found[-3:]}) == 1
    assert chosen(found) is found[-1]


def test_evolution_over_shared_weights_ends_when_nothing_better_comes(known, stripes_task):
    search = strategies.get("single_path")
    found = list(
        search(
            known, stripes_task(), seed=0, budget=SearchBudget(), epochs=1, population=2, patience=1
        )
    )
    best = found.index(chosen(found))
    assert len(found) == best + 1 + 2 or len(found) == known.n_architectures


def test_fewer_epochs_are_made_where_the_time_is_short(stripes, stripes_task):
    task = stripes_task()
    limits = SearchBudget(10, clock=task.clock)
    found = list(strategies.get("darts")(stripes, task, seed=0, budget=limits, epochs=30))
    # An epoch takes three seconds: one for each half and one to score.
    assert [one.how for one in found] == ["interim", "interim", "shared"]
    assert sum(one.seconds for one in found) <= 10


@pytest.mark.parametrize("name", SHARED)
def test_a_loss_that_is_not_finite_is_recorded(name, stripes, stripes_task):
    task = stripes_task()
    task.images = task.images * math.nan
    (found,) = strategies.get(name)(stripes, task, seed=0, budget=SearchBudget(), epochs=2)
    assert math.isnan(found.score)
    assert "not finite in any step" in found.reason
    assert found.architecture in list(stripes.every())


class Brittle(nn.Module):
    """One of three candidates cannot run."""

    def __init__(self, n_classes):
        super().__init__()
        wrong = partial(nn.Conv2d, 5, 3, 1)
        same = {"same": nn.Identity, "relu": nn.ReLU, "wrong": wrong}
        self.body = LayerChoice("body", same)
        self.last = nn.Linear(3, n_classes)

    def forward(self, images):
        return self.last(self.body(images).mean((2, 3)))


def test_a_path_that_fails_is_recorded_and_the_search_goes_on(stripes_task):
    space = Space(Brittle, n_classes=2, image_px=(8, 8))
    search = strategies.get("single_path")
    found = list(search(space, stripes_task(), seed=0, budget=SearchBudget(), epochs=3, patience=0))
    by_body = {one.architecture["body"]: one for one in found}
    assert len(by_body) == 3
    assert math.isnan(by_body["wrong"].score)
    assert "the network fails: " in by_body["wrong"].reason
    assert math.isfinite(by_body["same"].score)
    assert math.isfinite(by_body["relu"].score)


def test_where_every_path_fails_the_first_reason_is_given(stripes_task):
    def build(n_classes):
        wrong = {name: partial(nn.Conv2d, size, 3, 1) for name, size in (("a", 4), ("b", 5))}
        return nn.Sequential(LayerChoice("body", wrong))

    space = Space(build, n_classes=2, image_px=(8, 8))
    search = strategies.get("single_path")
    (found,) = search(space, stripes_task(), seed=0, budget=SearchBudget(), epochs=1)
    assert math.isnan(found.score)
    assert "channels" in found.reason


def test_the_statistics_of_norms_are_those_of_the_architecture_that_is_scored(stripes_task):
    space = Space(Everything, n_classes=2, image_px=(8, 8))
    task = stripes_task()
    shared = SharedTraining(space, task, rate=0.1, seed=0)
    architecture = next(space.every())
    seen = {}

    def validate(network):
        seen["mean"] = network.stem[1].running_mean.clone()
        seen["inputs"] = network.stem[0](torch.cat([x for x, _ in task.batches("weights", 0)]))
        return 0.5

    task.validate = validate
    assert shared.score(architecture) == (0.5, "")
    assert seen["mean"].allclose(seen["inputs"].mean((0, 2, 3)), atol=1e-5)


@pytest.mark.parametrize("name", SHARED)
def test_what_was_asked_is_scored_in_the_end_and_never_chosen(name, stripes, stripes_task):
    asked = tuple(stripes.every())
    limits = SearchBudget()
    found = list(
        strategies.get(name)(stripes, stripes_task(), seed=0, budget=limits, epochs=1, asked=asked)
    )
    assert [one.architecture for one in found if one.how == "asked"] == list(asked)
    assert [one.how for one in found[-len(asked) :]] == ["asked"] * len(asked)
    best = chosen(found)
    assert best.how == "shared"
    same = [one for one in found[-len(asked) :] if one.architecture == best.architecture]
    assert same[0].score == best.score


def test_what_was_ahead_before_is_scored_again_in_the_end(stripes, stripes_task, monkeypatch):
    """The choice wavers; the best of both by the weights of the end is chosen, not the last."""
    names, n_looks = ("seeing", "blind"), itertools.count()  # two looks after each epoch
    ahead = property(lambda _: {"width": 4, "conv": names[next(n_looks) // 2 % 2]})
    monkeypatch.setattr(ArchitectureWeights, "ahead", ahead)
    search = strategies.get("darts")
    given = {"seed": 0, "budget": SearchBudget(), "epochs": 4, "patience": 0}
    found = list(search(stripes, stripes_task(), **given))
    done = [one for one in found if one.how == "shared"]
    assert {one.architecture["conv"] for one in done} == {"seeing", "blind"}
    assert chosen(found).score == max(one.score for one in done)


def test_what_was_on_the_way_counts_only_where_nothing_was_finished():
    first, last = (Scored({"a": n}, score, 1.0, "interim") for n, score in ((1, 0.9), (2, 0.5)))
    assert chosen([first, last]) is first
    done = Scored({"a": 3}, 0.4, 1.0, "shared")
    assert chosen([first, last, done]) is done
    assert chosen([Scored({}, math.nan, 1.0, "shared", "out of memory")]) is None


def test_time_is_counted_from_the_first_epoch(clock):
    meter = Meter(SearchBudget(5, clock=clock))
    clock.now += 5
    assert meter.is_over


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("darts", {"epochs": 0}),
        ("darts", {"rate": 0.0}),
        ("darts", {"architecture_rate": math.nan}),
        ("gumbel", {"temperature": 0.0}),
        ("single_path", {"candidates": 0}),
    ],
)
def test_numbers_that_cannot_be_are_refused(name, wrong, stripes):
    with pytest.raises(SettingError, match=next(iter(wrong))):
        strategies.get(name)(stripes, NoTime(), seed=0, budget=SearchBudget(), **wrong)
