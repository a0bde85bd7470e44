"""What a search of architectures writes of what it found, also where it is interrupted."""

import json
import math
import shutil

import polars as pl
import pytest

from buffycoat.cli import main
from buffycoat.pipeline.architecture_search import finals
from buffycoat.pipeline.architecture_search.record import Record
from buffycoat.pipeline.architecture_search.scored import best_networks
from buffycoat.pipeline.architecture_search.stages import Stages
from buffycoat.registry import Choice
from buffycoat.runs import open_run
from buffycoat.search.spaces.catalogue import open_space
from buffycoat.search.strategies import trials
from buffycoat.search.strategies.strategy import Scored

SMALL = ["--space", "small", "--image-px", "16", "16", "--trial-epochs", "1", "--epochs", "1"]
SMALL += ["--seeds", "1", "--ranked", "0", "--strategy", "evolution"]


def call(*arguments):
    return main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def split(cells, place):
    slides = ["--slide-from", r"slide(\d+)", "--out", place / "all.parquet"]
    assert call("import", cells, *slides) == 0
    assert call("split", place / "all.parquet", "--out", place / "split.parquet") == 0
    return place / "split.parquet"


def test_an_interrupted_search_leaves_the_best_so_far(split, tmp_path, capsys, monkeypatch):
    attempt, left = trials.attempt, iter(range(3))

    def interrupted(*given):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return attempt(*given)

    monkeypatch.setattr(trials, "attempt", interrupted)
    asked = ["search", "architecture", split, *SMALL, "--budget", "2m", "--out", tmp_path / "s"]
    assert call(*asked) == 130
    assert "the best so far is" in " ".join(capsys.readouterr().out.split())
    scores = pl.read_parquet(tmp_path / "s" / "architectures.parquet")["score"]
    best = json.loads((tmp_path / "s" / "best.json").read_text())
    assert len(scores) == 3
    assert best["found"]["score"] == scores.max()


def test_a_folder_that_was_moved_trains_still(split, tmp_path, monkeypatch):
    """And each network on the front is written, as code that can be trained too."""
    out = tmp_path / "s"
    monkeypatch.setattr(finals, "_MOST_KEPT", 0.1)
    assert call("search", "architecture", split, *SMALL, "--budget", "5s", "--out", out) == 0
    rows = pl.read_parquet(out / "architectures.parquet")
    on_page = (out / "search.html").read_text()
    front = sorted((out / "front").glob("*.toml"))
    assert front
    assert all(f"front/{path.stem}.py" in on_page for path in front)
    assert rows["score"].is_not_nan().any()
    moved = shutil.move(out, tmp_path / "moved")
    for recipe in (moved / "best.toml", moved / "front" / "1.toml"):
        run = tmp_path / f"run-{recipe.stem}"
        assert call("train", split, "--recipe", recipe, "--epochs", 1, "--out", run) == 0
        assert open_run(run).is_finished


def test_the_front_is_that_of_all_networks(tmp_path):
    """Sixty better ones are larger: the smallest is on the front though it is the worst."""
    space = open_space(Choice("small"), 3, (16, 16))[0]
    every = sorted(
        (one for _, one in zip(range(400), space.every(), strict=False)),
        key=lambda one: sum(p.numel() for p in space.fixed(one).parameters()),
    )
    some = [every[0], *every[-60:]]
    record = Record(tmp_path / "a.parquet", {})
    for i, one in enumerate(some):
        record.of("search").append(Scored(one, i / 100, 1.0, "trained", number=i))

    class Here:
        device = "cpu"

    stages = Stages(space, Here(), Choice("evolution"), record, 0, (), None)
    cheap = Choice("parameters")
    told = best_networks(stages, [cheap, Choice("latency_ms"), _QUICK])
    assert told[-1]["architecture"] == every[0]
    assert told[-1]["is_front"]
    assert list(told[0]["costs"]) == ["parameters", "latency_ms", str(_QUICK)]
    assert all(math.isfinite(cost) for row in told for cost in row["costs"].values())


_QUICK = Choice("latency_ms", {"batch_size": 2, "n_passes": 1, "n_warm": 0})


def test_a_table_without_test_rows_is_refused_before_anything_is_made(split, tmp_path, capsys):
    assert call("split", split, "--test", 0, "--out", tmp_path / "no-test.parquet") == 0
    asked = ["search", "architecture", tmp_path / "no-test.parquet", *SMALL]
    assert call(*asked, "--out", tmp_path / "s") == 2
    assert "no test rows" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_a_search_of_another_space_is_not_gone_on_with(split, tmp_path, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(trials, "attempt", interrupted)
    asked = ["search", "architecture", split, *SMALL, "--budget", "1m", "--out", tmp_path / "s"]
    assert call(*asked) == 130
    capsys.readouterr()
    assert call(*asked, "--space", "mobile", "--image-px", 32, 32, "--resume") == 2
    assert "was begun with other choices in the space" in capsys.readouterr().err
