"""Both searches in seconds, on a few of the first published system's own images."""

import json
import shutil

import polars as pl
import pytest

from buffycoat.cli import main
from buffycoat.runs import open_run

PER_CLASS = 12
SHORT = ["--space", "published", "--image-px", "60", "80", "--budget", "15s", "--batch-size", "16"]
SHORT += ["--trial-epochs", "1", "--epochs", "1", "--seeds", "1", "--ranked", "3"]


def call(*arguments):
    assert main([str(a) for a in arguments]) == 0


@pytest.fixture(scope="module")
def split(data, tmp_path_factory):
    """The first images of each class of TRAIN, as a set of its own."""
    train, place = data / "bccd_kaggle" / "TRAIN", tmp_path_factory.mktemp("bccd")
    if not train.is_dir():
        pytest.skip(f"no real images at {train}: set BUFFYCOAT_DATA")
    for kind in sorted(folder for folder in train.iterdir() if folder.is_dir()):
        (place / "cells" / kind.name).mkdir(parents=True)
        for image in sorted(kind.iterdir())[:PER_CLASS]:
            shutil.copy(image, place / "cells" / kind.name)
    call("import", place / "cells", "--out", place / "all.parquet")
    call("split", place / "all.parquet", "--out", place / "split.parquet")
    return place / "split.parquet"


@pytest.mark.parametrize("strategy", ['{name = "darts", epochs = 2}', "evolution"])
def test_the_published_space_is_searched_and_its_choice_trained(split, tmp_path, strategy):
    out = tmp_path / "s"
    call("search", "architecture", split, *SHORT, "--strategy", strategy, "--out", out)
    rows = pl.read_parquet(out / "architectures.parquet")
    assert rows["score"].is_between(0, 1).all()
    assert {"search", "by chance", "tenth", "retrained"} <= set(rows["stage"])
    chosen = json.loads((out / "best.json").read_text())["architecture"]
    assert set(chosen) == {"conv1", "conv2", "skip"}
    kernel = int(chosen["conv1"][0])
    assert f"nn.Conv2d(3, 6, {kernel}, padding={kernel // 2})" in (out / "best.py").read_text()
    assert open_run(out / "best-seed-0").facts["network"]["n_parameters"] > 40_000
    assert "worth its cost" in (out / "search.html").read_text()


def test_networks_are_trained_in_two_processes(split, tmp_path):
    out = tmp_path / "s"
    how = ["--strategy", "random_search", "--workers", "2", "--budget", "40s"]
    call("search", "architecture", split, *SHORT, *how, "--out", out)
    rows = pl.read_parquet(out / "architectures.parquet")
    for _, stage in rows.group_by("stage"):
        assert stage["number"].is_unique().all()
    searched = rows.filter(pl.col("stage") == "search")
    assert searched["architecture"].is_unique().all()
    assert searched["score"].is_between(0, 1).any()


def test_settings_are_searched_in_two_processes(split, tmp_path):
    out = tmp_path / "s"
    varied = ["--vary", "learning_rate=log(1e-4,1e-2)", "--model", "small_cnn", "--weights", "none"]
    short = ["--image-px", "32", "32", "--epochs", "1", "--trials", "3", "--workers", "2"]
    call("search", "settings", split, *varied, *short, "--out", out)
    trials = pl.read_parquet(out / "trials.parquet")
    assert trials["status"].to_list() == ["finished"] * 3
    assert trials["learning.learning_rate"].n_unique() == 3
    assert all(open_run(out / run).is_finished for run in trials["run"])
