"""What every strategy keeps to: the registered ones."""

import inspect
import math

import pytest
import torch

from buffycoat.errors import BuffycoatError, RunError, named_line
from buffycoat.registry import Choice
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.catalogue import proposers, strategies
from buffycoat.search.strategies.strategy import Scored, chosen

TRAINED = sorted(proposers)
QUICK = {
    "darts": {"epochs": 8, "rate": 0.02, "architecture_rate": 0.1, "patience": 0},
    "gumbel": {"epochs": 12, "rate": 0.02, "architecture_rate": 0.1, "patience": 0},
    "single_path": {"epochs": 12, "rate": 0.02, "population": 4},
    "evolution": {"population": 4, "sample": 2},
    "tpe": {"n_startup": 4},
}


def run(name, space, task, seed=0, **budget):
    limits = SearchBudget(clock=task.clock, **budget)
    strategy = strategies.get(name)
    return list(strategy(space, task, seed=seed, budget=limits, **QUICK.get(name, {})))


def without_time(found):
    return [(one.architecture, one.score, one.how, one.reason) for one in found]


@pytest.fixture(params=list(strategies), scope="module")
def name(request):
    return request.param


@pytest.fixture(scope="module")
def found(name, stripes, stripes_task):
    """Everything that a search of the stripes scored."""
    return run(name, stripes, stripes_task(), seed=3)


def test_the_option_that_is_clearly_better_is_chosen(found):
    best = chosen(found)
    assert best.architecture["conv"] == "seeing"
    assert best.score > 0.9


def test_a_seed_repeats_exactly(name, found, stripes, stripes_task):
    torch.manual_seed(99)
    again = run(name, stripes, stripes_task(), seed=3)
    assert without_time(again) == without_time(found)


def test_only_architectures_of_the_space_come_and_of_their_choices_the_active(found, stripes):
    every = list(stripes.every())
    assert all(one.architecture in every for one in found)


def test_what_was_scored_last_was_not_on_the_way(name, found):
    assert found[-1].how == ("trained" if name in proposers else "shared")


def test_nothing_begins_that_would_end_after_the_budget(name, stripes, stripes_task):
    task = stripes_task()
    began = task.clock.now
    found = run(name, stripes, task, seconds=11)
    assert found
    assert task.clock.now - began <= 11


def test_its_arguments_are_checked_by_name(name):
    with pytest.raises(BuffycoatError, match=r"takes .*not 'colour'"):
        strategies.checked(Choice(name, {"colour": 1}), "space", "task", "seed", "budget", "past")


def test_it_says_what_it_does(name):
    assert (inspect.getdoc(strategies.get(name)) or "").partition("\n")[0].endswith(".")


@pytest.fixture(params=TRAINED)
def trained(request):
    return request.param


def test_a_small_space_is_gone_through_once(trained, known, known_task):
    found = run(trained, known, known_task())
    assert len(found) == known.n_architectures == 16
    assert sorted(one.score for one in found)[-1] == chosen(found).score == 34
    assert all(one.architecture == known.active(one.architecture) for one in found)
    keys = {repr(sorted(one.architecture.items())) for one in found}
    assert len(keys) == 16


def test_no_trial_begins_that_would_end_after_the_budget(trained, known, known_task):
    assert len(run(trained, known, known_task(), seconds=35)) == 3


@pytest.mark.parametrize(("seconds", "n"), [(9, 1), (39, 3), (40, 4)])
def test_a_budget_holds_whole_trials_and_at_least_one(known, known_task, seconds, n):
    assert len(run("random_search", known, known_task(), seconds=seconds)) == n


def test_trials_are_counted(trained, known, known_task):
    assert len(run(trained, known, known_task(), n_trials=5)) == 5


def test_a_trial_that_fails_is_recorded_and_the_search_goes_on(trained, known, known_task):
    found = run(trained, known, known_task(bad=math.nan))
    failed = [one for one in found if one.architecture["body"] == "flat"]
    assert len(found) == 16
    assert len(failed) == 4
    assert all(math.isnan(one.score) for one in failed)
    assert {one.reason for one in failed} == {"the training gave no finite score"}
    assert chosen(found).score == 34


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (FloatingPointError("the loss was not finite in epoch 2"), "the loss was not finite in"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "out of memory: CUDA"),
        (MemoryError(), "out of memory"),
        (TimeoutError("the time was over after 4% of its training"), "the time was over after 4%"),
    ],
)
def test_what_went_wrong_is_said(known, known_task, bad, reason):
    found = run("exhaustive", known, known_task(bad=bad))
    assert len(found) == 16
    assert found[0].reason.startswith(reason)


def test_an_error_of_every_network_ends_the_search(known, known_task):
    task = known_task(bad=RuntimeError("shapes cannot be multiplied"), all_bad=True)
    with pytest.raises(RunError, match="trained: RuntimeError: shapes cannot be multiplied"):
        run("exhaustive", known, task)
    assert task.n_scored == 3


@pytest.mark.parametrize("kind", [RuntimeError, ValueError, KeyError])
def test_an_error_of_one_network_among_others_is_recorded(kind, trained, known, known_task):
    worked = Scored({"width": 1, "body": "deep", "body.deep.rate": 1}, 11.0, 1.0, "trained")
    task = known_task(bad=kind("shapes"))
    limits = SearchBudget(clock=task.clock)
    arguments = QUICK.get(trained, {})
    search = strategies.get(trained)(known, task, seed=0, budget=limits, past=[worked], **arguments)
    found = list(search)
    assert len(found) == 15
    assert {one.reason for one in found} == {"", f"the network fails: {named_line(kind('shapes'))}"}


def test_a_search_that_was_killed_goes_on_as_it_would_have(trained, known, known_task):
    task, arguments = known_task(), QUICK.get(trained, {})
    whole = run(trained, known, task, n_trials=12)
    limits = SearchBudget(clock=task.clock, n_trials=12)
    strategy = strategies.get(trained)
    rest = strategy(known, task, seed=0, budget=limits, past=whole[:7], **arguments)
    assert without_time(rest) == without_time(whole[7:])


def test_what_is_ahead_of_chance_finds_the_best_with_fewer_trials(known, known_task):
    def n_needed(name, seed):
        limits = SearchBudget()
        arguments = QUICK.get(name, {})
        found = strategies.get(name)(known, known_task(), seed=seed, budget=limits, **arguments)
        return next(i for i, one in enumerate(found) if one.score == 34)

    by_chance, *others = (
        sum(n_needed(name, seed) for seed in range(4))
        for name in ("random_search", "evolution", "tpe")
    )
    assert all(needed < by_chance for needed in others)
