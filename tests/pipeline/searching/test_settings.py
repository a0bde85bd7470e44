"""A search of settings through the command line: made, gone on with, refused, and as one page."""

import tomllib

import polars as pl
import pytest

from buffycoat.cli import main
from buffycoat.runs import open_run
from buffycoat.tables.trials import read_trials

SMALL = ["--model", "small_cnn", "--weights", "none", "--image-px", "16", "16"]
SMALL += ["--n-threads", "1", "--epochs", "2", "--seed", "3"]
VARIED = ["--vary", "learning_rate=log(1e-4,1e-2)", "--vary", "batch_size=int(16,64,log)"]
TIMES = ("elapsed_s", "epoch_s")


def call(*arguments):
    return main(["search", "settings", *map(str, arguments)])


def trials_of(place):
    return read_trials(place / "trials.parquet").frame


@pytest.fixture(scope="module")
def searched(table, place):
    out = place / "a"
    flags = ["--sampler", "random", "--trials", "4", "--retrain-seeds", "2"]
    assert call(table, *SMALL, *VARIED, *flags, "--out", out) == 0
    return out


def test_every_trial_is_a_run_with_the_settings_that_were_drawn(searched):
    frame = trials_of(searched)
    assert frame["status"].to_list() == ["finished"] * 4
    for row in frame.iter_rows(named=True):
        run = open_run(searched / row["run"])
        learned = run.facts["settings"]["resolved"]["learning"]
        assert learned["learning_rate"] == row["learning.learning_rate"]
        assert learned["batch_size"] == row["learning.batch_size"]
        assert 1e-4 <= row["learning.learning_rate"] <= 1e-2
        assert 16 <= row["learning.batch_size"] <= 64
        answers = pl.read_parquet(run.part("predictions.parquet")).filter(split="validation")
        assert row["score"] == pytest.approx((answers["label"] == answers["predicted"]).mean())


def test_the_best_trial_is_a_recipe_and_is_trained_with_other_seeds(searched):
    frame = trials_of(searched)
    best = frame.sort("score", descending=True, maintain_order=True).row(0, named=True)
    recipe = tomllib.loads((searched / "best.toml").read_text())
    assert recipe["learning"]["learning_rate"] == best["learning.learning_rate"]
    assert recipe["seed"] == 3
    runs = [open_run(searched / f"{best['run']}-seed-{seed}") for seed in (4, 5)]
    for run, seed in zip(runs, (4, 5), strict=True):
        resolved = run.facts["settings"]["resolved"]
        assert (resolved["seed"], resolved["learning"]) == (seed, recipe["learning"])
    page = (searched / "search.html").read_text()
    assert "mean of 2 networks trained again" in page
    assert "4 trials finished" in page
