"""How the time is divided among the runs of what was chosen, and how many epochs each has."""

from types import SimpleNamespace

import polars as pl
import pytest

from buffycoat.pipeline.architecture_search import finals
from buffycoat.pipeline.architecture_search.finals import Final, epochs_fitting, retrain_as_runs
from buffycoat.pipeline.architecture_search.pace import epoch_seconds
from buffycoat.pipeline.architecture_search.record import (
    BY_CHANCE,
    FINAL,
    SEARCH,
    TENTH,
    Record,
    read_record,
)
from buffycoat.pipeline.budget import Budget
from buffycoat.search.strategies.strategy import Scored
from buffycoat.training.settings import LearningSettings, TrainSettings


def table(n_learned, n_answered):
    split = ["train"] * n_learned + ["test"] * n_answered
    return SimpleNamespace(usable=pl.DataFrame({"split": split}))


def finals_of(*epoch_s, epochs=20):
    settings = TrainSettings(learning=LearningSettings(epochs=epochs), seed=5)
    return {
        name: Final(settings, s) for name, s in zip(("best", "by chance"), epoch_s, strict=False)
    }


def test_every_run_has_the_epochs_that_fit_when_all_are_made():
    # 95 s for each of four runs; 10 s for its page and one epoch of the longer network for answers.
    assert epochs_fitting(finals_of(6.0, 2.0), table(4, 4), 2, 400) == int((95 - 10 - 6) / 4)
    assert epochs_fitting(finals_of(6.0, 2.0), table(4, 4), 2, 4000) == 20
    # No more than half is kept for answers, and one epoch is begun however short the time is.
    assert epochs_fitting(finals_of(1.0), table(4, 4), 1, 20) == int(19 / 2)
    assert epochs_fitting(finals_of(1.0), table(4, 4), 1, 0.1) == 1


def test_runs_have_their_epochs_and_time_by_the_length_of_these(monkeypatch, tmp_path):
    asked = []

    def train(samples, settings, place, time, closing_s):
        asked.append((place.name, settings.seed, settings.learning.epochs, time, closing_s))

    monkeypatch.setattr(finals, "_trained", train)
    monkeypatch.setattr(finals, "_finished", lambda _: None)
    monkeypatch.setattr(finals, "_elapsed_s", lambda _: [0.0])
    networks, samples = finals_of(3.0, 1.0), table(4, 2)
    runs = retrain_as_runs(networks, samples, 2, 5, tmp_path, Budget(800))
    names, seeds, epochs, times, closings = zip(*asked, strict=True)
    assert names == ("best-seed-5", "by-chance-seed-5", "best-seed-6", "by-chance-seed-6")
    assert (seeds, epochs) == ((5, 5, 6, 6), (5, 5, 5, 5))
    assert closings == pytest.approx((11.5, 0, 0, 0), abs=0.1)
    # 11.5 s for answers and page are thought of first, and then, as they took none here, none;
    # no time passes, so that the later ones divide the whole among fewer.
    parts = (26.5 / 86, 5 / 25, 15 / 20, 1)
    assert [t.total_s for t in times] == pytest.approx([800 * p for p in parts], rel=1e-3)
    assert {name: len(some) for name, some in runs.items()} == {"best": 2, "by chance": 2}


def test_the_epochs_of_the_runs_are_decided_once(tmp_path):
    record = Record(tmp_path / "r.parquet", {})
    assert record.decided(FINAL, lambda: 7) == 7
    assert read_record(record.path).decided(FINAL, lambda: 3) == 7


def test_an_epoch_is_timed_by_the_trials_of_its_network_or_else_by_all(tmp_path):
    record = Record(tmp_path / "r.parquet", {})
    assert epoch_seconds(record, 2) is None
    record.of(SEARCH).extend(
        [Scored({"a": 1}, 0.9, 6.0, "trained"), Scored({"a": 2}, 0.8, 2.0, "shared")]
    )
    record.of(SEARCH).append(Scored({"a": 3}, float("nan"), 90.0, "trained", "out of memory"))
    record.of(BY_CHANCE).append(Scored({"a": 1}, 0.9, 10.0, "trained"))
    record.of(BY_CHANCE).append(Scored({"a": 4}, 0.7, 2.0, "trained"))
    record.of(TENTH).append(Scored({"a": 4}, 0.2, 0.1, "trained"))
    assert epoch_seconds(record, 2, {"a": 1}) == 4.0
    assert epoch_seconds(record, 2, {"a": 4}) == 1.0
    assert epoch_seconds(record, 2, {"a": 2}) == epoch_seconds(record, 2) == 3.0
