"""One trial: what an interruption has spent of its time."""

import polars as pl
import pytest

from buffycoat.errors import DiskError
from buffycoat.pipeline.trials import trial
from buffycoat.runs import create_run
from buffycoat.tables.samples import SampleTable, check_samples
from buffycoat.training.settings import TrainSettings


@pytest.mark.parametrize("all_folds", [False, True])
def test_a_trial_that_is_gone_on_with_gets_the_time_that_was_left(tmp_path, monkeypatch, all_folds):
    columns = {name: ["a", "b"] for name in ("sample_id", "path", "label")} | {"fold": [0, 1]}
    samples = check_samples(SampleTable(pl.DataFrame(columns), tmp_path, ("a", "b")))
    given = []

    def refusing(*_, budget=None, **__):
        given.append(budget.left_s)
        raise DiskError("full")

    place = tmp_path / "r"
    create_run(place)
    (done, begun) = (place / "fold-0", place / "fold-1") if all_folds else (None, place)
    if all_folds:
        create_run(done, elapsed_s=15.0)
        create_run(begun)
    pl.DataFrame({"epoch": [1, 2], "elapsed_s": [20.0, 10.0]}).write_csv(begun / "history.csv")
    monkeypatch.setattr(trial, "start_run", lambda *_, **__: None)
    monkeypatch.setattr(trial, "fit_run", refusing)
    monkeypatch.setattr(trial, "train_folds", refusing)
    task = trial.TrialTask(samples, 60.0, all_folds)
    assert trial.train_trial(task, TrainSettings(), place)["reason"] == "full"
    assert given[0] == pytest.approx(15.0 if all_folds else 30.0, abs=1)
