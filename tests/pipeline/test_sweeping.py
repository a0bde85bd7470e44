"""A sweep through the command line: every combination, resumed, refused, and as one page."""

import itertools
import json
import re
import shutil

import polars as pl
import pytest

from buffycoat.cli import main
from buffycoat.errors import DiskError
from buffycoat.pipeline.trials import trial
from buffycoat.plugin_files import plugins_for_now
from buffycoat.runs import open_run
from buffycoat.tables.trials import read_trials
from buffycoat.training.module import CellModule

SMALL = ["--model", "small_cnn", "--weights", "none", "--image-px", "16", "16"]
SMALL += ["--n-threads", "1", "--epochs", "2"]
VARIED = ["--vary", "learning_rate=1e-3,3e-3", "--vary", "seed=0,1"]
TIMES = ("elapsed_s", "epoch_s")
PLUGIN = """from buffycoat.plugins import augmentation


@augmentation
def as_they_are(images, generator):
    return images
"""


def call(*arguments):
    return main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def table(cells, tmp_path_factory):
    out = tmp_path_factory.mktemp("sweep") / "split.parquet"
    assert call("import", cells, "--slide-from", r"slide(\d+)", "--out", out) == 0
    assert call("split", out, "--folds", 2, "--out", out) == 0
    return out


@pytest.fixture(scope="module")
def swept(table):
    out = table.parent / "a"
    assert call("sweep", table, *SMALL, *VARIED, "--out", out) == 0
    return out


@pytest.fixture
def refused(table, tmp_path, capsys):
    """Give a sweep that must be refused before anything is made; what was said comes back."""

    def refused(*arguments, place=tmp_path / "s"):
        there = sorted(place.rglob("*"))
        assert call("sweep", table, *SMALL, *arguments, "--out", place) == 2
        assert sorted(place.rglob("*")) == there
        return capsys.readouterr().err

    return refused


def test_every_combination_is_a_run(swept):
    trials = read_trials(swept / "trials.parquet")
    assert trials.frame["run"].to_list() == [
        f"learning_rate-{rate}_seed-{seed}" for rate in (0.001, 0.003) for seed in (0, 1)
    ]
    assert set(trials.frame["status"]) == {"finished"}
    for row in trials.frame.iter_rows(named=True):
        run = open_run(swept / row["run"])
        learned = run.facts["settings"]["resolved"]
        assert learned["learning"]["learning_rate"] == row["learning.learning_rate"]
        assert learned["seed"] == row["seed"]
        assert row["n_epochs"] == 2
        answers = pl.read_parquet(run.part("predictions.parquet"))
        rows = answers.filter(split="validation")
        share = (rows["label"] == rows["predicted"]).mean()
        assert row["validation_accuracy"] == pytest.approx(share)


def test_a_trial_is_what_train_makes_of_the_same_settings(swept, table, tmp_path):
    flags = ["--learning-rate", "3e-3", "--seed", "1"]
    assert call("train", table, *SMALL, *flags, "--out", tmp_path / "r") == 0
    columns = pl.selectors.starts_with("p_")
    ours = pl.read_parquet(swept / "learning_rate-0.003_seed-1" / "predictions.parquet")
    theirs = pl.read_parquet(tmp_path / "r" / "predictions.parquet")
    assert ours.select(columns).equals(theirs.select(columns))


def test_test_figures_are_of_the_best_setting_alone(swept):
    frame = read_trials(swept / "trials.parquet").frame
    means = frame.group_by("learning.learning_rate", maintain_order=True).agg(
        pl.mean("validation_accuracy")
    )
    best = means.sort("validation_accuracy", descending=True, maintain_order=True)[0, 0]
    page = (swept / "sweep.html").read_text()
    assert page.count("(<code>--test best</code>)") == 1
    assert f"--like {swept}/learning_rate-{best}_seed-0" in page
    for rate, run in frame.select("learning.learning_rate", "run").iter_rows():
        report = (swept / run / "report.html").read_text()
        assert ("accuracy on the test split</title>" in report) == (rate == best)


def test_test_figures_of_all_are_shown_when_asked_for(swept, table, tmp_path):
    out = tmp_path / "a"
    shutil.copytree(swept, out)
    assert call("sweep", table, *SMALL, *VARIED, "--out", out, "--resume", "--test", "all") == 0
    assert read_trials(out / "trials.parquet").frame.equals(
        read_trials(swept / "trials.parquet").frame
    )
    assert "A test figure picked among many is too good" in (out / "sweep.html").read_text()


def test_an_interrupted_sweep_goes_on_to_the_same_table(swept, table, tmp_path, monkeypatch):
    out = tmp_path / "a"
    steps = itertools.count(1)
    step, n = CellModule.on_train_epoch_end, 6  # in the second epoch of the third trial

    def interrupted(self):
        if next(steps) == n:
            raise KeyboardInterrupt
        return step(self)

    with monkeypatch.context() as patch:
        patch.setattr(CellModule, "on_train_epoch_end", interrupted)
        assert call("sweep", table, *SMALL, *VARIED, "--out", out) == 130
    left = read_trials(out / "trials.parquet").frame["status"].to_list()
    assert left == ["finished", "finished", "waiting", "waiting"]
    kept = (out / "learning_rate-0.001_seed-1" / "run.json").stat().st_mtime_ns
    with monkeypatch.context() as patch:
        patch.setattr(CellModule, "on_train_epoch_end", interrupted)
        assert call("sweep", table, *SMALL, *VARIED, "--out", out, "--resume") == 0
    assert next(steps) == n + 1 + 3  # one epoch of the third trial was left, two of the fourth
    assert (out / "learning_rate-0.001_seed-1" / "run.json").stat().st_mtime_ns == kept
    whole, resumed = (read_trials(place / "trials.parquet").frame for place in (swept, out))
    assert resumed.drop(TIMES).equals(whole.drop(TIMES))


def test_a_trial_that_fails_has_its_reason_and_is_tried_again(table, tmp_path, monkeypatch, capsys):
    out, fit_run = tmp_path / "a", trial.fit_run

    def failing(run, samples, settings, **named):
        if settings.seed == 1:
            raise DiskError("the disk is full")
        return fit_run(run, samples, settings, **named)

    command = ("sweep", table, *SMALL, "--epochs", "1", "--vary", "seed=1,0", "--out", out)
    with monkeypatch.context() as patch:
        patch.setattr(trial, "fit_run", failing)
        assert call(*command) == 0
    frame = read_trials(out / "trials.parquet").frame
    assert frame["status"].to_list() == ["failed", "finished"]
    assert frame["reason"].to_list() == ["the disk is full", None]
    assert "failed: seed-1: the disk is full" in capsys.readouterr().out
    assert "failed: the disk is full" in (out / "sweep.html").read_text()
    assert call(*command, "--resume") == 0
    assert set(read_trials(out / "trials.parquet").frame["status"]) == {"finished"}


def test_when_every_trial_fails_the_command_does_too(table, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(trial, "fit_run", lambda *_, **__: 1 / 0)
    assert call("sweep", table, *SMALL, "--vary", "seed=0,1", "--out", tmp_path / "a") == 2
    assert "every trial failed, the first as ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("varied", "said"),
    [
        (["model=small_cnn,smal_cnn"], "model = smal_cnn: there is no"),
        (["sed=0"], "did you mean: seed"),
        (["epochs=1,x"], "'x' is not a whole number"),
        (["epochs=1,-1"], "epochs is -1"),
        (["augmentation=light,none", "augmentation.brightness=0,0.1"], "takes no arguments"),
        (["augmentation.brightness=0,much"], "brightness is 'much'; it must be of type float"),
        (["seed=0", "seed=1"], "seed is varied twice"),
        ([], "nothing is varied"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_anything_is(refused, varied, said):
    flags = [part for text in varied for part in ("--vary", text)]
    assert said in refused(*flags)


def test_a_table_without_splits_or_folds_is_refused(cells, tmp_path, capsys):
    samples, out = tmp_path / "s.parquet", tmp_path / "a"
    assert call("import", cells, "--out", samples) == 0
    for flags in ([], ["--all-folds"]):
        assert call("sweep", samples, *SMALL, "--vary", "seed=0,1", *flags, "--out", out) == 2
        assert "buffycoat split" in capsys.readouterr().err
    assert not out.exists()


def test_another_sweep_is_not_gone_on_with(refused, swept, table, tmp_path):
    assert "holds a sweep already" in refused(*VARIED, place=swept)
    other = ["--vary", "learning_rate=1e-3,2e-3", "--vary", "seed=0,1", "--resume"]
    assert "started with other values of --vary" in refused(*other, place=swept)
    others = [*VARIED, "--resume", "--batch-size", "8", "--budget", "9s"]
    assert "started with other settings and other --budget" in refused(*others, place=swept)
    assert "holds no sweep that could be resumed" in refused(*VARIED, "--resume")
    assert "exists and is no sweep" in refused(*VARIED, "--overwrite", place=table.parent)


def test_an_altered_run_is_not_kept(table, tmp_path, capsys):
    command = ("sweep", table, *SMALL, "--epochs", "1", "--vary", "seed=1")
    command = (*command, "--out", tmp_path / "a")
    assert call(*command) == 0
    place = tmp_path / "a" / "seed-1"
    facts = json.loads((place / "run.json").read_text())
    (place / "run.json").write_text(json.dumps({**facts, "elapsed_s": 0}))
    assert call(*command, "--resume") == 2
    assert "was altered since the run finished" in capsys.readouterr().err
    (tmp_path / "a" / "mine.txt").write_text("kept")
    assert call(*command, "--overwrite") == 0
    assert open_run(place).is_finished
    assert (tmp_path / "a" / "mine.txt").read_text() == "kept"


def test_folds_are_ranked_by_their_validation_rows(table, tmp_path, monkeypatch):
    flags = [*SMALL, "--epochs", "1", "--vary", "fit=squash", "--all-folds"]
    (tmp_path / "mine.py").write_text(PLUGIN)
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    with plugins_for_now([], alone=True):
        command = ("sweep", table, *flags, "--plugin", tmp_path / "mine.py", "--out", ".")
        assert call(*command) == 0
    frame = read_trials(tmp_path / "a" / "trials.parquet").frame
    folds = [pl.read_parquet(p) for p in sorted(tmp_path.glob("a/fit-squash/fold-*/pred*"))]
    once = (
        pl.concat(folds)
        .filter(split="validation")
        .unique("sample_id", keep="first", maintain_order=True)
    )
    right = (once["label"] == once["predicted"]).mean()
    assert frame["validation_accuracy"][0] == pytest.approx(right)
    page = (tmp_path / "a" / "sweep.html").read_text()
    again = "fit-squash/fold-0/recipe.toml --plugin fit-squash/plugins/mine.py --all-folds"
    assert f"{again} --out {tmp_path / 'a-best'}" in page
    linked = re.findall(r'href="([^"#]+report.html)"', page)
    assert all((tmp_path / "a" / link).is_file() for link in linked)
