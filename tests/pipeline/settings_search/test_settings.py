"""A search of settings through the command line: made, gone on with, pruned, and as one page."""

import itertools
import re
import shutil
import tomllib

import polars as pl
import pytest

from buffycoat.cli import main
from buffycoat.pipeline.trials import trial
from buffycoat.runs import open_run
from buffycoat.tables.trials import read_trials
from buffycoat.training.module import CellModule

SMALL = ["--model", "small_cnn", "--weights", "none", "--image-px", "16", "16"]
SMALL += ["--n-threads", "1", "--epochs", "2", "--seed", "3"]
VARIED = ["--vary", "learning_rate=log(1e-4,1e-2)", "--vary", "batch_size=int(16,64,log)"]
FLAGS = [*SMALL, *VARIED, "--sampler", "random"]
TIMES = ("elapsed_s", "epoch_s")


def call(*arguments):
    return main(["search", "settings", *map(str, arguments)])


def trials_of(place):
    return read_trials(place / "trials.parquet").frame


@pytest.fixture(scope="module")
def searched(table, place):
    out = place / "a"
    assert call(table, *FLAGS, "--trials", 3, "--retrain-seeds", 1, "--out", out) == 0
    return out


def test_every_trial_is_a_run_with_the_settings_that_were_drawn(searched):
    frame = trials_of(searched)
    assert frame["status"].to_list() == ["finished"] * 3
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
    resolved = open_run(searched / f"{best['run']}-seed-4").facts["settings"]["resolved"]
    assert (resolved["seed"], resolved["learning"]) == (4, recipe["learning"])
    page = (searched / "search.html").read_text()
    assert "mean of 1 network trained again" in page
    assert "3 trials finished, in" in page
    links = re.findall(r'href="([^"#:]+report.html)"', page)
    assert all((searched / link).is_file() for link in links)


def test_an_interrupted_search_goes_on_to_the_same_trials(searched, table, tmp_path, monkeypatch):
    out, n = tmp_path / "a", 4  # in the second epoch of the second trial
    steps, step = itertools.count(1), CellModule.on_train_epoch_end

    def interrupted(self):
        if next(steps) == n:
            raise KeyboardInterrupt
        return step(self)

    monkeypatch.setattr(CellModule, "on_train_epoch_end", interrupted)
    assert call(table, *FLAGS, "--trials", 3, "--out", out) == 130
    kept = (out / "trial-0001" / "run.json").stat().st_mtime_ns
    assert call(table, *FLAGS, "--trials", 3, "--out", out, "--resume") == 0
    assert next(steps) == n + 1 + 3  # one epoch of the second trial was left, two of the third
    assert (out / "trial-0001" / "run.json").stat().st_mtime_ns == kept
    drawn = ["learning.learning_rate", "learning.batch_size", "score", "validation_log_loss"]
    assert trials_of(out).select(drawn).equals(trials_of(searched).select(drawn))


def test_a_search_that_is_finished_takes_more_trials_and_no_other_request(
    searched, table, tmp_path, capsys
):
    out = tmp_path / "a"
    shutil.copytree(searched, out)
    assert call(table, *FLAGS, "--trials", 3, "--out", out) == 2
    assert "holds a search already: go on with --resume" in capsys.readouterr().err
    for flags, said in (
        ([*FLAGS, "--l2", "1e-4", "--score", "loss"], "other settings and other --score"),
        ([*SMALL, *VARIED[:2], "--sampler", "random"], "other values of --vary"),
    ):
        assert call(table, *flags, "--trials", 3, "--out", out, "--resume") == 2
        assert said in capsys.readouterr().err
    assert call(table, *FLAGS, "--trials", 4, "--out", out, "--resume") == 0
    assert trials_of(out)[:3].drop(TIMES).equals(trials_of(searched).drop(TIMES))
    assert len(trials_of(out)) == 4
    (out / "mine.txt").write_text("kept")
    command = (table, *FLAGS, "--epochs", 1, "--trials", 1, "--out", out, "--overwrite")
    assert call(*command) == 0
    assert len(trials_of(out)) == 1
    assert sorted(p.name for p in out.glob("trial-*")) == ["trial-0001"]
    assert (out / "mine.txt").read_text() == "kept"


def test_trials_are_pruned_or_fail_and_the_search_goes_on(table, tmp_path, monkeypatch):
    out, fit_run = tmp_path / "a", trial.fit_run

    def failing(run, samples, settings, **named):
        if settings.learning.learning_rate == 0.003:
            raise MemoryError("no room for 4 GB")
        return fit_run(run, samples, settings, **named)

    monkeypatch.setattr(trial, "fit_run", failing)
    flags = ["--pruner", '{name = "median", n_startup_trials = 1}', "--sampler", "grid"]
    flags += ["--vary", "learning_rate=1e-2,3e-3,1e-9,1e30", "--score", "loss"]
    assert call(table, *SMALL, *flags, "--out", out) == 0
    frame = trials_of(out)
    assert frame["status"].to_list() == ["finished", "failed", "pruned", "failed"]
    reasons = frame["reason"].to_list()
    assert reasons[:2] == [None, "MemoryError: no room for 4 GB"]
    assert reasons[2] == "others were better after epoch 1"
    assert "training diverged in epoch 1" in reasons[3]
    assert [p.name for p in sorted(out.glob("trial-*"))] == ["trial-0001"]
    history = pl.read_csv(out / "trial-0001" / "history.csv")
    assert frame["score"][0] == pytest.approx(history["validation_loss"].min())


def test_a_sweep_does_not_take_its_folder_for_a_sweep(table, searched, capsys):
    before = sorted(searched.rglob("*"))
    sweep = ["sweep", table, *SMALL, "--vary", "seed=0,1", "--out", searched]
    assert main([str(a) for a in [*sweep, "--overwrite"]]) == 2
    assert "exists and is no sweep" in capsys.readouterr().err
    assert sorted(searched.rglob("*")) == before


def test_folds_are_scored_by_their_mean(table, tmp_path):
    out = tmp_path / "a"
    flags = ["--epochs", 1, "--all-folds", "--trials", 2]
    assert call(table, *FLAGS, *flags, "--out", out) == 0
    for row in trials_of(out).iter_rows(named=True):
        folds = [pl.read_csv(p) for p in sorted(out.glob(f"{row['run']}/fold-*/history.csv"))]
        assert len(folds) == 2
        assert row["score"] == pytest.approx(pl.concat(folds)["validation_accuracy"].mean())


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--trials", "2"], "nothing is varied: give --vary NAME=... or --function"),
        ([*VARIED], "the search has no end: give --trials N or --budget 30m"),
        ([*VARIED, "--trials", "2", "--sampler", "tpee"], "did you mean: tpe"),
        ([*VARIED, "--trials", "2", "--pruner", "med"], "there is no pruner named 'med'"),
        (["--function", "system_9", "--trials", "2"], "no function of a trial named 'system_9'"),
        ([*VARIED, "--sampler", "grid"], "learning_rate has no end of values"),
        (["--vary", "model=small_cnn,smal_cnn", "--trials", "2"], "network.model = smal_cnn: "),
        (["--vary", "epochs=int(-1,2)", "--trials", "2"], "epochs = -1: epochs is -1"),
        ([*VARIED, "--trials", "2", "--address", "auto"], "address is Ray's: add --engine ray"),
        ([*VARIED, "--trials", "2", "--gpus", ".5"], "shares of Ray: add --engine ray"),
        ([*VARIED, "--budget", "30x"], "budget '30x' is no time"),
        (["--vary", "seed=0,1", "--trials", "2"], "the best of several seeds is luck"),
        (["--vary", "monitor=validation_loss,distorted_loss", "--trials", "2"], "be compared with"),
        ([*VARIED, "--epochs", "900", "--budget", "1s"], "the budget is too small for one trial"),
    ],
)
def test_what_cannot_be_searched_is_refused(table, tmp_path, capsys, flags, said):
    assert call(table, *SMALL, *flags, "--out", tmp_path / "a") == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("a/trial-*"))
    if "too small" not in said:
        assert not (tmp_path / "a").exists()


def test_commands_of_two_words_are_named_when_one_is_wrong(capsys):
    assert main(["search", "seting"]) == 2
    assert (
        "no command named 'search seting'; did you mean: search settings" in capsys.readouterr().err
    )
