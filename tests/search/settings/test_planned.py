"""What counts of a study: drawn once by several commands, lost, cut off, and learned from."""

import logging

import optuna
import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from buffycoat.errors import SettingError
from buffycoat.registry import Choice
from buffycoat.search.engine.engine import Done, Job
from buffycoat.search.engine.local import InProcess
from buffycoat.search.settings import planned
from buffycoat.search.settings.limits import MOST_FAILED, Limits
from buffycoat.search.settings.planned import counted_trials, reconcile
from buffycoat.search.settings.proposing import _with_given_up, propose, with_failures
from buffycoat.search.settings.pruners import build_pruner
from buffycoat.search.settings.samplers import build_sampler
from buffycoat.search.settings.search import Search
from buffycoat.search.settings.turns import Turns


def bowl(x, y, *, report):
    return {"status": "finished", "score": float(x * x + y)}


def draw(trial):
    return {"x": trial.suggest_int("x", -4, 0), "y": trial.suggest_int("y", 0, 10_000)}


def begin(storage=None):
    """A study in memory; the same again for the same storage."""
    optuna.logging.set_verbosity(logging.ERROR)
    return optuna.create_study(storage=storage, study_name="s", load_if_exists=True)


def search(study, n, sampler="random", engine=None):
    def job(number, settings, run):
        return Job(number, bowl, (settings["x"], settings["y"]))

    limits, chosen = Limits(n_trials=n), Choice(sampler)
    named = {"seed": 5, "say": lambda _: None}
    Search(study, draw, job, engine or InProcess(), limits, chosen, **named).run()
    return study.get_trials()


@pytest.fixture
def study():
    return begin()


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("sampler", ["random", "tpe", "grid"])
def test_two_commands_draw_no_trial_twice_and_no_more_than_asked_for(monkeypatch, sampler, n):
    storage = InMemoryStorage()
    study, other = begin(storage), begin(storage)
    ask = study.ask

    def ask_later():
        """As if the other command was quicker: what it draws depends on the same."""
        monkeypatch.setattr(study, "ask", ask)
        search(other, 1, sampler)
        return ask()

    monkeypatch.setattr(study, "ask", ask_later)
    trials = search(study, n, sampler)
    assert [trial.state for trial in trials[:2]] == [TrialState.COMPLETE, TrialState.FAIL]
    assert "dropped" in trials[1].user_attrs
    found = counted_trials(trials)
    assert len(found) == len({tuple(t.params.values()) for t in found}) == n
    assert [t.params for t in found] == [t.params for t in search(begin(), n, sampler)]


def test_what_was_drawn_before_is_waited_for_unless_its_process_died(study):
    slept = []
    first, _ = study.ask(), study.ask()
    for name, value in {"settings": {}, "index": 0}.items():
        first.set_user_attr(name, value)
    turns = Turns(lambda: study.get_trials(deepcopy=False), slept.append)
    assert not turns.is_taken(2, 1, None)
    assert 1 < sum(slept) < 20
    n = len(slept)
    assert turns.is_taken(2, 0, None)
    assert turns.is_taken(2, 1, 1)
    assert len(slept) == n  # it waits once alone


def test_a_trial_that_is_lost_twice_is_a_failure_like_any_other(study):
    class Losing(InProcess):
        def wait(self, judge):
            job = self._job
            return Done(job.key, reason="killed", is_lost=True)

    counted = counted_trials(search(study, 99, engine=Losing()))
    assert len(counted) == MOST_FAILED
    assert {t.user_attrs["outcome"]["reason"] for t in counted} == {"lost twice: killed"}
    seen = with_failures([*study.trials, *search(begin(), 1)], study.direction)
    assert len(seen) == MOST_FAILED + 1


def test_a_second_trial_that_never_began_is_tried_again(study):
    first = study.ask()
    for name, value in {"settings": draw(first), "run": "r"}.items():
        first.set_user_attr(name, value)
    for n in (1, 2):  # the second time, its process ends before it draws anything
        assert reconcile(study, None) == 1
        assert study.ask().number == n
    assert reconcile(study, None) == 1
    (again,) = counted_trials(study.trials)
    assert (again.number, again.user_attrs["again_of"], again.user_attrs["run"]) == (3, 2, "r")
    assert again.system_attrs["fixed_params"] == first.params


def test_a_trial_that_nobody_named_himself_for_is_ended_when_it_is_old(study, monkeypatch):
    study.ask()
    assert reconcile(study, "here") == 0
    assert study.trials[0].state is TrialState.RUNNING
    monkeypatch.setattr(planned, "_NAMELESS_S", -1)
    assert reconcile(study, "here") == 0
    assert study.trials[0].state is TrialState.FAIL
    assert not counted_trials(study.trials)


def test_what_the_end_of_the_time_cut_off_is_no_bad_setting(study):
    for is_cut in (True, False):
        trial = study.ask()
        draw(trial)
        trial.set_user_attr("outcome", {"status": "failed", "is_cut": is_cut})
        study.tell(trial, state=TrialState.FAIL)
    seen = with_failures([*study.trials, *search(begin(), 1)], study.direction)
    assert [trial.state for trial in seen] == [TrialState.COMPLETE] * 2


def test_a_process_that_learns_knows_what_was_given_up():
    sampler, seen = build_sampler(Choice("gp", {"n_startup_trials": 2}), 0, 0), begin()
    for step, value in ((1, 3.0), (2, 2.0)):
        trial = seen.ask()
        draw(trial)
        trial.report(value, step)
        seen.tell(trial, state=TrialState.PRUNED)
    found = propose(sampler, seen.trials, seen.direction, draw)
    alone = propose(sampler, [], seen.direction, draw)
    assert found.keys() == alone.keys() == {"x", "y"}
    assert [t.value for t in _with_given_up(seen.trials)] == [3.0, 2.0]


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: build_pruner(Choice("hyperband", {"reduction": 1}), 9), "must be 2 or more"),
        (lambda: build_pruner(Choice("median", {"n_startup_trials": -1}), 9), "negative"),
    ],
)
def test_arguments_that_optuna_refuses_are_no_traceback(build, said):
    with pytest.raises(SettingError, match=said):
        build()
