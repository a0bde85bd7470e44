"""What a trial is scored by, and when it is given up."""

import pytest

from buffycoat.errors import RunError
from buffycoat.pipeline.settings_search import candidate
from buffycoat.pipeline.settings_search.candidate import Watch
from buffycoat.pipeline.settings_search.scoring import score_of
from buffycoat.pipeline.trials.trial import TrialTask
from buffycoat.runs import create_run
from buffycoat.training.records import StoppedEarlyError
from buffycoat.training.settings import LearningSettings


def epochs(*figures, phase="all", **more):
    return [
        {
            "phase": phase,
            "epoch": i,
            "validation_loss": loss,
            "validation_accuracy": accuracy,
            "distorted_accuracy": accuracy / 2,
            "distorted_loss": -loss,
            "elapsed_s": 5.0,
            **more,
        }
        for i, (loss, accuracy) in enumerate(figures, start=1)
    ]


HEAD = epochs((0.1, 0.99), phase="head")
ONE = [*HEAD, *epochs((0.5, 0.7), (0.3, 0.8), (0.4, 0.9))]


def test_the_score_is_that_of_the_epoch_whose_weights_were_kept():
    assert score_of(ONE, "validation_loss", "accuracy") == 0.8
    assert score_of(ONE, "validation_accuracy", "accuracy") == 0.9
    assert score_of(ONE, "validation_accuracy", "loss") == 0.4
    assert score_of(ONE, "distorted_accuracy", "accuracy") == 0.45


def test_a_run_of_other_settings_is_no_outcome_and_stays(tmp_path):
    create_run(tmp_path / "a", asked={"settings": {"seed": 1}})
    given = ({"seed": 2}, tmp_path / "a", "loss", None)
    outcome = candidate.make_candidate(None, *given, report=None)
    assert outcome["status"] == "failed"
    assert "holds a run with other settings: remove it" in outcome["reason"]
    assert (tmp_path / "a" / "run.json").is_file()


def test_folds_count_alike():
    folds = [{**row, "fold": 0} for row in ONE] + epochs((0.2, 0.6), fold=1)
    assert score_of(folds, "validation_loss", "accuracy") == pytest.approx(0.7)


def test_every_epoch_is_told_once_with_the_folds_before_it():
    told = []
    watch = Watch("accuracy", LearningSettings(), lambda *given: told.append(given))
    folds = [*epochs((0.5, 0.7), (0.3, 0.8), fold=0), *epochs((0.9, 0.2), fold=1)]
    watch(folds[:1])
    watch(folds)  # as after a run that was gone on with
    assert told == [(1, 0.7), (2, 0.8), (3, pytest.approx(0.5))]


def test_a_trial_that_is_given_up_says_after_which_epoch():
    watch = Watch("loss", LearningSettings(), lambda step, value: value == 0.3)
    with pytest.raises(StoppedEarlyError) as error:
        watch(ONE)
    assert error.value.args[1]["status"] == "pruned"
    assert error.value.args[1]["n_epochs"] == 3


def test_what_was_trained_to_its_end_is_not_given_up():
    watch = Watch("loss", LearningSettings(epochs=3), lambda step, _: step == 4)
    watch(ONE)
    folds = [{**row, "fold": 0} for row in ONE]
    with pytest.raises(StoppedEarlyError, match="after epoch 4"):
        Watch("loss", LearningSettings(epochs=3), lambda step, _: step == 4, n_folds=2)(folds)


def test_a_storage_that_is_gone_is_no_fault_of_the_trial(tmp_path, monkeypatch):
    def gone(step, value):
        raise RunError("the storage stays away")

    def train(task, settings, place, watch):
        create_run(place)
        watch(ONE)

    monkeypatch.setattr(candidate, "train_trial", train)
    given = ({"seed": 2}, tmp_path / "a", "loss", None)
    with pytest.raises(RunError, match="the storage stays away"):
        candidate.make_candidate(TrialTask(None), *given, report=gone)
    assert (tmp_path / "a" / "run.json").is_file()


def test_the_budget_ends_a_trial_but_not_after_its_last_epoch(monkeypatch):
    monkeypatch.setattr("time.time", lambda: 96.0)
    watch = Watch("loss", LearningSettings(epochs=3), lambda *_: False, deadline=100.0)
    with pytest.raises(StoppedEarlyError, match="the budget ended after epoch 3") as error:
        watch(ONE[:3])
    assert error.value.args[1]["is_cut"]
    Watch("loss", LearningSettings(epochs=3), lambda *_: False, deadline=100.0)(ONE)
    Watch("loss", LearningSettings(epochs=9), lambda *_: False, deadline=102.0)(ONE[:3])
