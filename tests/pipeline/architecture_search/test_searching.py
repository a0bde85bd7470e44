"""A search of architectures through the command line: found, resumed, refused, exported, told."""

import hashlib
import json
import math
import pickle
import re
import time
import tomllib
from types import SimpleNamespace

import polars as pl
import pytest
import torch

from buffycoat.cli import main
from buffycoat.errors import SettingError
from buffycoat.images.fit import ImageSettings
from buffycoat.models.plugin import load_function
from buffycoat.pipeline.architecture_search import finals, stages
from buffycoat.pipeline.architecture_search.material import SentMaterial, Source, open_task
from buffycoat.pipeline.architecture_search.record import Record, read_record
from buffycoat.pipeline.folder_of_trials import searching_alone
from buffycoat.pipeline.loading import load_run
from buffycoat.registry import Choice
from buffycoat.search.architecture_settings import ArchitectureSettings
from buffycoat.search.strategies.attempt import attempt
from buffycoat.search.strategies.strategy import Scored
from buffycoat.tables.samples import read_samples

SPACE = """
from torch import nn
from buffycoat.search.space.choices import LayerChoice, ValueChoice
from buffycoat.search.space.layers import Conv2d, Linear


class Tiny(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        width = ValueChoice("width", [4, 8])
        self.stem = LayerChoice("stem", {
            "3x3": lambda: Conv2d(3, width, 3, padding=1),
            "5x5": lambda: Conv2d(3, width, 5, padding=2),
        })
        self.rest = nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = Linear(width, n_classes)

    def forward(self, images):
        return self.head(self.rest(self.stem(images)))
"""
SMALL = ["--image-px", "16", "16", "--trial-epochs", "1", "--epochs", "1", "--seeds", "2"]
SMALL += ["--ranked", "4", "--budget", "1m"]


def call(*arguments):
    return main([str(argument) for argument in arguments])


def rows_of(place):
    return pl.read_parquet(place / "architectures.parquet")


@pytest.fixture(scope="module")
def split(cells, place):
    slides = ["--slide-from", r"slide(\d+)", "--out", place / "all.parquet"]
    assert call("import", cells, *slides) == 0
    assert call("split", place / "all.parquet", "--out", place / "split.parquet") == 0
    (place / "tiny.py").write_text(SPACE)
    return place / "split.parquet"


@pytest.fixture(scope="module")
def asked(split, place):
    space = f"{place / 'tiny.py'}:Tiny"
    return ["search", "architecture", split, "--space", space, *SMALL, "--strategy", "evolution"]


@pytest.fixture(scope="module")
def found(asked, place):
    assert call(*asked, "--out", place / "a") == 0
    return place / "a"


def test_every_network_of_a_small_space_is_scored_and_retrained_with_each_seed(found):
    rows = rows_of(found)
    counts = rows.group_by("stage").agg(n=pl.len(), kinds=pl.col("architecture").n_unique())
    told = {stage: (n, kinds) for stage, n, kinds in counts.iter_rows()}
    assert told["search"] == told["by chance"] == told["tenth"] == (4, 4)
    assert told["retrained"] == (8, 4)  # two seeds
    assert "ranked" not in told  # chance has scored them all


def test_the_networks_of_chance_are_ranked_before_any_other_is_trained_for_that(monkeypatch):
    drawn = tuple({"n": n} for n in range(4))
    scores = {9: 0.5, 2: math.nan, 1: 0.7}
    record = Record(None, {})
    record.of("by chance").extend(
        Scored({"n": n}, score, 1.0, "trained", number=i)
        for i, (n, score) in enumerate(scores.items())
    )
    trained = {}
    monkeypatch.setattr(
        stages.Stages,
        "_trainings",
        lambda _, stage, jobs, epochs, seconds: trained.update({stage: (list(jobs), epochs)}),
    )
    task = SimpleNamespace(settings=SimpleNamespace(epochs=5))
    made = stages.Stages(None, task, Choice("evolution"), record, 0, drawn, None)
    made.rank(Scored({"n": 8}, 0.9, 1.0, "trained"), 10.0)
    assert [one["n"] for one in made.asked] == [9, 1, 0, 2]
    assert trained == {"ranked": ([{"n": 0}, {"n": 2}], 5), "tenth": (list(made.asked), 0.5)}


def test_a_short_training_is_not_said_to_take_no_time():
    def told(seconds, how):
        return stages._told("retrained", 2, Scored({}, 0.0857, seconds, how))

    assert told(0.04, "trained") == "retrained 2: scored 0.0857 in less than 0.1 s"
    assert told(1.26, "shared") == "retrained 2: scored 0.0857 in 1.3 s, with shared weights"


def test_what_is_exported_is_the_best_of_the_search_and_what_its_runs_are(found):
    best = json.loads((found / "best.json").read_text())
    searched = rows_of(found).filter(pl.col("stage") == "search")
    scores = {
        json.dumps(json.loads(a), sort_keys=True): s
        for a, s in searched.select("architecture", "score").iter_rows()
    }
    assert scores[json.dumps(best["architecture"], sort_keys=True)] == max(scores.values())
    _, network = load_run(found / "best-seed-0")
    alone = load_function(found / "best.py", "network")[0](n_classes=network.n_classes).eval()
    last = {f"head.{name}": tensor for name, tensor in network.head.state_dict().items()}
    alone.load_state_dict({**network.backbone.state_dict(), **last})
    images = torch.rand(3, 3, 16, 16)
    with torch.no_grad():
        assert torch.allclose(alone((images - 0.5) / 0.5), network(images), atol=1e-5)
    recipe = tomllib.loads((found / "best.toml").read_text())
    assert recipe["network"]["model"] == "best.py:network"
    assert "# what evolution chose from" in (found / "best.toml").read_text()
    assert "# what random_search chose from" in (found / "by-chance.toml").read_text()


def test_the_page_says_what_was_found_and_whether_it_was_worth_it(found):
    page = (found / "search.html").read_text()
    for said in ("worth its cost", "a tenth of it", "random search in", "1 epoch from scratch"):
        assert said in page
    assert re.search(r"the chosen one is number \d of 4", page)
    assert not re.search(r'(src|href)="https?:', page)


def test_a_search_that_was_killed_in_each_stage_makes_no_trial_twice(asked, place, monkeypatch):
    out = place / "killed"
    parts = [(stages.Stages, name) for name in ("by_chance", "rank", "retrain")]
    parts += [(finals, "fit_run"), (finals, "write_page")]

    def killed(*_, **__):
        raise KeyboardInterrupt

    for n_starts, (owner, name) in enumerate(parts):
        before = rows_of(out) if n_starts else None
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, killed)
            assert call(*asked, "--out", out, *["--resume"][:n_starts]) == 130
        if before is not None:
            assert rows_of(out).head(before.height).equals(before)
    assert call(*asked, "--out", out, "--resume") == 0
    rows = rows_of(out)
    assert rows.height == rows.unique(["stage", "architecture"]).height + 4  # two seeds
    assert len(list(out.glob("*-seed-*/network.safetensors"))) == 4


def test_chance_has_the_time_that_the_search_had_whatever_the_budget_is_now(found):
    over = read_record(found / "architectures.parquet").over
    assert over["search"].had_s == over["by chance"].had_s == pytest.approx(0.25 * 60)
    assert all(0 < spent.took_s < 60 for spent in over.values())


def test_what_a_stage_spent_is_time_and_no_sum_over_workers(tmp_path):
    record = Record(tmp_path / "a.parquet", {})
    for number in range(4):
        record.add("search", Scored({"a": 1}, 0.5, 10.0, "trained", number=number), 11.0)
    again = stages.Stages(
        None, None, Choice("random_search"), read_record(record.path), 0, (), None
    )
    assert again._left_s("search", 30.0) == 19.0
    again.record.begin_again("search")
    assert again._left_s("search", 30.0) == 30.0


def test_a_trial_of_another_process_scores_what_it_would_here(split, place):
    space = Choice(f"{place / 'tiny.py'}:Tiny")
    asked = ArchitectureSettings(space, images=ImageSettings((16, 16)), trial_epochs=3)
    samples, ends_at = read_samples(split), time.time() + 60
    facts = hashlib.sha256((place / "tiny.py").read_bytes()).hexdigest()
    with pytest.raises(SettingError, match="was edited since the search began"):
        SentMaterial(Source("of another file", samples, asked), 1, ends_at).opened()
    sent = pickle.dumps(SentMaterial(Source(facts, samples, asked), 1, ends_at))
    there, task = pickle.loads(sent).opened()
    assert pickle.loads(sent).opened()[0] is there  # opened once in a process
    assert task.settings.epochs == 1
    assert task.deadline - time.monotonic() == pytest.approx(60, abs=20)
    here = open_task(samples, asked, there.n_classes).with_epochs(1)
    one = next(there.every())
    assert attempt(there, task, one, 5) == attempt(there, here, one, 5)


def test_a_strategy_that_shares_weights_scores_the_same_networks(asked, place):
    darts = ["--strategy", '{name = "darts", epochs = 1}', "--seeds", "1"]
    assert call(*asked[:-2], *darts, "--out", place / "darts") == 0
    rows = rows_of(place / "darts")
    told = rows.filter(pl.col("how") == "asked").group_by("stage").len().rows()
    assert dict(told) == {"search": 4, "tenth": 4}


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--space", "smal"], "no search space named 'smal'; did you mean: small"),
        (["--strategy", "dart"], "no strategy named 'dart'; did you mean: darts"),
        (["--objectives", "flops"], "no objective named 'flops'"),
        (["--epochs", "0"], "epochs is 0: it must be at least 1"),
        (["--budget", "soon"], "is no time"),
        (["--strategy", '{name = "darts", epoch = 1}'], "takes epochs, "),
        (["--strategy", '{name = "darts", epoch = 1}'], "not 'epoch'"),
        (
            ["--strategy", '{name = "evolution", past = []}'],
            "strategy 'evolution' takes population, sample, patience, not 'past'",
        ),
        (
            ["--strategy", "darts", "--workers", "2"],
            "darts trains one network for all, which cannot be divided: leave out --workers",
        ),
        (["--strategy", '{name = "darts", rate = 0.0}'], "rate is 0.0: it must be above 0"),
        (["--strategy", '{name = "exhaustive", most = 3}'], "tries all 4 architectures"),
        (["--objectives", '{name = "latency_ms", batch_size = 0}'], "batch_size 0"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(asked, tmp_path, capsys, flags, said):
    assert call(*asked, *flags, "--out", tmp_path / "s") == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_another_search_is_not_gone_on_with_and_nothing_foreign_is_replaced(
    asked, found, tmp_path, capsys
):
    assert call(*asked, "--seed", 1, "--out", found, "--resume") == 2
    assert "begun with other settings" in capsys.readouterr().err
    assert call(*asked, "--out", found) == 2
    assert "holds a search of architectures already" in capsys.readouterr().err
    with searching_alone(found):
        assert call(*asked, "--out", found, "--resume") == 2
    assert "is being searched by another process" in capsys.readouterr().err
    (tmp_path / "mine.txt").write_text("mine")
    assert call(*asked, "--out", tmp_path, "--overwrite") == 2
    assert (tmp_path / "mine.txt").read_text() == "mine"
