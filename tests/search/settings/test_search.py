"""The search itself on a toy: repeated, gone on with, pruned, limited, and over a poor storage."""

import logging

import optuna
import pytest
import sqlalchemy
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.exceptions import StorageInternalError
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from buffycoat.errors import RunError, SettingError
from buffycoat.registry import Choice
from buffycoat.search.engine.engine import Job
from buffycoat.search.engine.local import InProcess
from buffycoat.search.settings.limits import MOST_FAILED, Limits
from buffycoat.search.settings.patience import Patience
from buffycoat.search.settings.planned import counted_trials, is_lost, reconcile
from buffycoat.search.settings.pruners import build_pruner
from buffycoat.search.settings.samplers import check_sampler, samplers
from buffycoat.search.settings.search import Search
from buffycoat.search.settings.study import file_url, open_study


def bowl(x, y, *, report):
    """Lowest at x = 1, y = 2; fails where x is far, and tells of three epochs on the way."""
    if x > 3.5:
        return {"status": "failed", "reason": "too far"}
    score = (x - 1) ** 2 + (y - 2) ** 2
    for step in (1, 2, 3):
        if report(step, score + 3 - step):
            return {"status": "pruned", "reason": f"after {step}"}
    return {"status": "finished", "score": score}


def draw(trial):
    return {"x": trial.suggest_float("x", -4, 4), "y": trial.suggest_int("y", 0, 5)}


def job(number, settings, run):
    return Job(number, bowl, (settings["x"], settings["y"]))


def begin(storage=None, *, pruner="none"):
    """A study in memory; the same again for the same storage."""
    optuna.logging.set_verbosity(logging.ERROR)
    return optuna.create_study(
        storage=storage, study_name="s", load_if_exists=True, pruner=build_pruner(Choice(pruner), 3)
    )


def search(study, n=None, sampler="tpe", make=job, **named):
    limits = named.pop("limits", Limits(n_trials=n))
    named = {"seed": 5, "say": lambda _: None, **named}
    found = Search(
        study, named.pop("draw", draw), make, InProcess(), limits, Choice.parse(sampler), **named
    )
    found.run()
    return study.get_trials()


def drawn(trials):
    return [trial.params for trial in counted_trials(trials)]


@pytest.fixture
def study():
    return begin()


@pytest.mark.parametrize("sampler", [name for name in samplers if name != "grid"])
def test_an_interrupted_search_goes_on_as_one_that_was_not(sampler):
    if sampler == "cma_es":
        pytest.importorskip("cmaes")
    whole, storage = search(begin(), 7, sampler), InMemoryStorage()

    def killed(number, settings, run):
        if number == 4:
            raise KeyboardInterrupt
        return job(number, settings, run)

    with pytest.raises(KeyboardInterrupt):
        search(begin(storage), 7, sampler, killed)
    again = begin(storage)
    assert reconcile(again, None) == 1
    resumed = search(again, 7, sampler)
    assert [t.number for t in resumed if is_lost(t)] == [4]
    if sampler == "cma_es":  # Optuna's mixes the number of the trial into its draws
        assert drawn(resumed)[:5] == drawn(whole)[:5]
    else:
        assert drawn(resumed) == drawn(whole)
    assert len({trial.params["x"] for trial in counted_trials(resumed)}) == 7
    assert [t.value for t in counted_trials(resumed)][:4] == [t.value for t in whole][:4]


def test_a_sampler_of_numbers_alone_refuses_lists():
    listed, numbers = CategoricalDistribution(["adamw", "sgd"]), FloatDistribution(0, 1)
    check_sampler(Choice("cma_es"), {"rate": numbers})
    check_sampler(Choice("tpe"), {"optimizer": listed})
    with pytest.raises(SettingError, match="would draw optimizer at random: take tpe"):
        check_sampler(Choice("cma_es"), {"rate": numbers, "optimizer": listed})


def test_another_seed_gives_other_trials():
    one = search(begin(), 3, seed=0)
    two = search(begin(), 3, seed=1)
    assert not {t.params["x"] for t in one} & {t.params["x"] for t in two}


@pytest.mark.parametrize("sampler", ["gp", "tpe"])
def test_samplers_that_learn_beat_chance(sampler):
    chosen = Choice(sampler, {"n_startup_trials": 4})
    found = {
        name: sum(sorted(t.value for t in search(begin(), 12, how) if t.value is not None)[:4])
        for name, how in (("chance", "random"), ("learned", chosen))
    }
    assert found["learned"] < found["chance"]


def test_a_trial_that_was_interrupted_twice_is_not_tried_again():
    def killed(number, settings, run):
        raise KeyboardInterrupt

    storage = InMemoryStorage()
    for n_again in (0, 1, 0):
        study = begin(storage)
        assert reconcile(study, None) == n_again
        if n_again or not study.trials:
            with pytest.raises(KeyboardInterrupt):
                search(study, 1, make=killed)
    assert [is_lost(trial) for trial in study.trials] == [True, True]
    assert study.trials[0].params == study.trials[1].params
    assert len(search(study, 1)) == 2  # that setting is spent


def test_an_outcome_that_was_not_told_any_more_is_kept(study):
    trial = study.ask()
    for name, value in {"owner": "", "settings": draw(trial), "run": "r"}.items():
        trial.set_user_attr(name, value)
    trial.set_user_attr("outcome", {"status": "finished", "score": 0.5, "wall_s": 1.0})
    assert reconcile(study, None) == 0
    assert study.best_value == 0.5


def test_trials_of_another_machine_are_left_alone(study):
    trial = study.ask()
    trial.set_user_attr("owner", "there")
    assert reconcile(study, "here") == 0
    assert study.trials[0].state is TrialState.RUNNING


def test_a_grid_is_every_combination_once(study):
    def branched(trial):
        x = trial.suggest_categorical("x", [1, 2])
        y = trial.suggest_int("y", 0, 4, step=2) if x == 1 else 3
        trial.suggest_float("z", 0, 0.3, step=0.1)
        return {"x": x, "y": y}

    trials = search(study, sampler="grid", draw=branched)
    found = [tuple(trial.params.values()) for trial in trials]
    wanted = [(1, y, z / 10) for y in (0, 2, 4) for z in range(4)]
    assert found == [*wanted, *((2, z / 10) for z in range(4))]
    assert len(search(study, sampler="grid", draw=branched)) == len(trials)


def test_a_grid_over_a_range_without_steps_is_refused(study):
    with pytest.raises(SettingError, match=r"x has no end of values.*give a step"):
        search(study, sampler="grid")


@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_trials_that_are_behind_are_given_up(pruner):
    trials = search(begin(pruner=pruner), 25, "random")
    pruned = [trial for trial in trials if trial.state is TrialState.PRUNED]
    finished = [trial.value for trial in trials if trial.state is TrialState.COMPLETE]
    assert pruned
    assert min(finished) == min((t.params["x"] - 1) ** 2 + (t.params["y"] - 2) ** 2 for t in trials)
    assert all(trial.user_attrs["outcome"]["reason"].startswith("after") for trial in pruned)


def test_who_is_given_up_does_not_depend_on_what_the_study_is_called():
    states = []
    for name in ("s", "other"):
        study = optuna.create_study(
            study_name=name, pruner=build_pruner(Choice("hyperband", {"reduction": 2}), 3)
        )
        states.append([trial.state for trial in search(study, 25, "random")])
    assert states[0] == states[1]
    assert {TrialState.PRUNED, TrialState.COMPLETE} <= {*states[0]}


def test_a_failed_trial_keeps_its_reason_and_the_search_goes_on(study):
    trials = search(study, 20, "random")
    failed = [trial for trial in trials if trial.state is TrialState.FAIL]
    assert failed
    assert all(trial.params["x"] > 3.5 for trial in failed)
    assert {trial.user_attrs["outcome"]["reason"] for trial in failed} == {"too far"}
    assert len(trials) == 20


def test_settings_that_cannot_be_are_a_failed_trial(study):
    def impossible(trial):
        draw(trial)
        raise SettingError("widths is 0")

    trials = search(study, 100, draw=impossible)
    assert len(trials) == MOST_FAILED
    assert {trial.user_attrs["outcome"]["reason"] for trial in trials} == {"widths is 0"}


def test_no_trial_begins_that_would_not_end_in_the_budget(study, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    took = iter([10.0, 30.0, 20.0, 20.0])

    def timed(x, y, *, report):
        now[0] += next(took)
        return {"status": "finished", "score": 1.0}

    limits = Limits(budget_s=105.0, began=0.0)
    trials = search(study, make=lambda n, s, run: Job(n, timed, (s["x"], s["y"])), limits=limits)
    assert len(trials) == 4  # 80 s are spent: the slowest took 30, and 25 are left
    assert study.user_attrs["spent_s"] == 80.0
    more = Limits(budget_s=105.0, before_s=80.0, began=80.0)
    assert len(search(study, limits=more)) == 4


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_a_storage_that_comes_back_is_waited_for(tmp_path, sampler):
    study = open_study(
        file_url(tmp_path / "s.db"), "s", {"kind": "k"}, direction="minimize", said={}
    )
    said, slept, n = [], [], [0]

    @sqlalchemy.event.listens_for(study._storage._backend.engine, "before_cursor_execute")
    def away(*_):
        n[0] += 1
        if 40 < n[0] < 44:
            raise sqlalchemy.exc.OperationalError("", {}, Exception("no route"))

    trials = search(study, 3, sampler, patient=Patience(60, said.append, slept.append))
    assert [trial.state for trial in counted_trials(trials)] == [TrialState.COMPLETE] * 3
    assert drawn(trials) == drawn(search(begin(), 3, sampler))
    assert slept == [1.0, 2.0, 4.0]
    assert "does not answer (no route): trying again for 1 minutes" in said[0]
    assert said[1:] == ["the study's storage answers again"]


def test_a_storage_that_stays_away_ends_the_search(study, monkeypatch):
    monkeypatch.setattr(study, "ask", lambda: (_ for _ in ()).throw(StorageInternalError()))
    with pytest.raises(RunError, match=r"no finished trial is lost; go on .* --resume"):
        search(study, 3, patient=Patience(60, lambda _: None, lambda _: None))


def test_a_sampler_learns_from_failures(study):
    """Optuna's Gaussian process alone proposes x = 4, which fails, from its sixth trial on."""
    trials = search(study, 12, {"name": "gp", "n_startup_trials": 4})
    failed = [trial for trial in trials if trial.state is TrialState.FAIL]
    assert 0 < len(failed) < 3
