"""Trials on an engine that makes several at once: their order, what is lost, and going on."""

import math
from dataclasses import dataclass, field

import pytest

from buffycoat.errors import RunError
from buffycoat.search.engine.engine import Done
from buffycoat.search.strategies.budget import SearchBudget
from buffycoat.search.strategies.catalogue import proposers
from buffycoat.search.strategies.strategy import key_of
from buffycoat.search.strategies.trials import Here, free_number, run_trials

ARGUMENTS = {"evolution": {"population": 4, "sample": 2}, "tpe": {"n_startup": 4}}


@dataclass
class LastFirst:
    """Three jobs at once, of which the last begun ends first; some are lost."""

    lost: list = field(default_factory=list)
    """Numbers of jobs that are lost, once for each time."""
    n_at_once: int = 3
    begun: list = field(default_factory=list)
    most: int = 0

    def begin(self, job):
        self.begun.append(job)
        self.most = max(self.most, len(self.begun))

    def wait(self, judge):
        job = self.begun.pop()
        if job.key in self.lost:
            self.lost.remove(job.key)
            return Done(job.key, reason="its machine went away", is_lost=True)
        try:
            return Done(job.key, job.work(*job.arguments, report=None))
        except RuntimeError as error:
            return Done(job.key, reason=f"RuntimeError: {error}")

    def close(self):
        """Nothing is left."""


def run(space, task, engine, name="random_search", past=(), **budget):
    propose = proposers[name](space, seed=1, **ARGUMENTS.get(name, {}))
    limits = SearchBudget(clock=task.clock, **budget)
    given = {"seed": 1, "budget": limits, "past": past, "engine": engine}
    return list(run_trials(propose, Here(space, task), **given))


@pytest.mark.parametrize("name", sorted(proposers))
def test_several_at_once_go_through_a_small_space_once(name, known, known_task):
    engine = LastFirst()
    found = run(known, known_task(), engine, name)
    assert engine.most == 3
    assert [one.number for one in found[:3]] == [2, 3, 4]  # the last of three, then the newest
    assert sorted(one.number for one in found) == list(range(16))
    assert len({key_of(one.architecture) for one in found}) == 16
    assert all(one.score == one.architecture["width"] + 10 * rate(one) for one in found)


def rate(one):
    return one.architecture.get("body.deep.rate", 0)


def test_no_more_begin_than_are_asked_for(known, known_task):
    task = known_task()
    assert len(run(known, task, LastFirst(), n_trials=5)) == task.n_scored == 5


def test_a_trial_that_is_lost_is_made_once_more_as_it_was(known, known_task):
    sound = run(known, known_task(), LastFirst(), n_trials=6)
    found = run(known, known_task(), LastFirst(lost=[4]), n_trials=6)
    assert sorted(one.number for one in found) == list(range(6))
    architectures = {one.number: one.architecture for one in found}
    assert architectures[4] == next(one.architecture for one in sound if one.number == 4)
    assert all(math.isfinite(one.score) for one in found)


def test_one_that_is_lost_twice_keeps_its_reason(known, known_task):
    found = run(known, known_task(), LastFirst(lost=[1, 1]), n_trials=4)
    reasons = {one.number: one.reason for one in found}
    assert reasons == {0: "", 1: "lost twice: its machine went away", 2: "", 3: ""}


def test_processes_that_never_make_a_trial_end_the_search(known, known_task):
    with pytest.raises(RunError, match="no network could be trained: its machine went away"):
        run(known, known_task(), LastFirst(lost=[*range(16)] * 2))


def test_a_search_that_was_killed_makes_only_what_is_missing(known, known_task):
    whole = run(known, known_task(), LastFirst())
    past = [one for one in whole if one.number not in (0, 5)]
    assert free_number(past) == 0
    rest = run(known, known_task(), LastFirst(), past=past)
    assert sorted(one.number for one in rest) == [0, 5]
    assert len({key_of(one.architecture) for one in (*past, *rest)}) == 16


def test_a_fault_of_every_network_ends_the_search_and_one_among_others_is_a_reason(
    known, known_task
):
    bad = RuntimeError("shapes cannot be multiplied")
    with pytest.raises(RunError, match="no network could be trained: RuntimeError: shapes cannot"):
        run(known, known_task(bad=bad, all_bad=True), LastFirst(n_at_once=1), "exhaustive")
    worked = run(known, known_task(), LastFirst())[:1]
    found = run(known, known_task(bad=bad), LastFirst(), past=worked)
    said = "the network fails: RuntimeError: shapes cannot be multiplied"
    assert {one.reason for one in found} == {"", said}
