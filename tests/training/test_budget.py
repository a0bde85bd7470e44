"""A training that has to end early ends annealed, in time, and can be repeated from its record."""

import json
import time

import polars as pl
import pytest

from buffycoat.cli import main
from buffycoat.tables.predictions import read_predictions
from buffycoat.training.fit import _shared
from buffycoat.training.settings import LearningSettings
from buffycoat.training.timetable import Clock

FLAGS = ["--model", "small_cnn", "--weights", "none", "--image-px", "32", "32"]
FLAGS += ["--n-threads", "1", "--batch-size", "16", "--epochs", "400"]


@pytest.fixture(scope="module")
def run(cells, tmp_path_factory):
    place = tmp_path_factory.mktemp("budget")
    out = place / "split.parquet"
    main(["import", str(cells), "--slide-from", r"slide(\d+)", "--out", str(out)])
    main(["split", str(out), "--out", str(out)])
    began = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("buffycoat.pipeline.fitting._closing_s", lambda _: 1.0)
        assert main(["train", str(out), *FLAGS, "--budget", "5s", "--out", str(place / "a")]) == 0
    return place, time.monotonic() - began


def test_the_rate_is_annealed_when_the_time_is_over(run):
    place, elapsed_s = run
    step = json.loads((place / "a" / "run.json").read_text())["steps"][0]
    assert step["n_epochs"] < 400
    assert step["borders"][-1] > 0.9
    assert len(step["borders"]) == step["n_epochs"] + 1
    assert pl.read_csv(place / "a" / "history.csv")["learning_rate"][-1] < 5e-4
    assert elapsed_s < 15


def test_a_phase_is_not_timed_by_another_one():
    clock, learning = Clock(time.monotonic() + 100, [1.0]), LearningSettings(epochs=4)
    assert _shared(clock, "all", learning).epoch_s == []
    assert _shared(clock, "all", learning).deadline == clock.deadline
    decoupled = LearningSettings(epochs=4, classifier_epochs=1)
    assert _shared(clock, "all", decoupled).left_s == pytest.approx(80, abs=0.1)
    assert _shared(clock, "classifier", decoupled).left_s == pytest.approx(100, abs=0.1)
    headed = LearningSettings(head_epochs=3, epochs=6, classifier_epochs=1)
    assert _shared(clock, "head", headed).left_s == pytest.approx(30, abs=0.1)


def test_what_was_really_done_is_repeated_exactly(run):
    place, _ = run
    split = str(place / "split.parquet")
    assert main(["train", split, "--like", str(place / "a"), "--out", str(place / "b")]) == 0
    first, again = (read_predictions(place / r / "predictions.parquet").frame for r in "ab")
    assert first.drop("run_id").equals(again.drop("run_id"))
