"""Searches of spaces that cannot be, and of networks that fail, through the command line."""

import polars as pl
import pytest

from buffycoat.cli import main
from buffycoat.pipeline.architecture_search.record import read_record
from buffycoat.tables.files import write_frame

SPACES = """
import time
import torch
from torch import nn
from buffycoat.search.space.choices import LayerChoice
from buffycoat.search.space.layers import Conv2d


class Fails(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.how, self.conv = how, Conv2d(3, 4, 3, padding=1)

    def forward(self, images):
        if self.training and self.how == "memory":
            raise torch.OutOfMemoryError("CUDA out of memory")
        if self.training and self.how == "raises":
            raise ValueError("Expected more than 1 value per channel when training")
        if self.training and self.how == "slow":
            time.sleep(0.2)
        return self.conv(images) * (float("nan") if self.training and self.how == "nan" else 1)


class Space(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.stem = self.make()
        self.rest = nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(4, n_classes)

    def forward(self, images):
        return self.head(self.rest(self.stem(images)))


def good(kernel=3, width=4, before=3, stride=1):
    return lambda: Conv2d(before, width, kernel, padding=kernel // 2, stride=stride)


class One(Space):
    def make(self):
        return LayerChoice("stem", {"3x3": good()})


class Twice(Space):
    def make(self):
        first, second = {"3x3": good(), "5x5": good(5)}, {"a": good(3, 4, 4), "b": good(5, 4, 4)}
        return nn.Sequential(LayerChoice("stem", first), LayerChoice("stem", second))


class Shapes(Space):
    def make(self):
        return LayerChoice("stem", {"3x3": good(), "wide": good(3, 8)})


class Strides(Space):
    def make(self):
        return LayerChoice("stem", {"3x3": good(), "half": good(3, 4, 3, 2)})


class Nan(Space):
    def make(self):
        return LayerChoice("stem", {"3x3": good(), "5x5": good(5), "bad": lambda: Fails("nan")})


class Memory(Space):
    def make(self):
        return LayerChoice("stem", {"3x3": good(), "5x5": good(5), "bad": lambda: Fails("memory")})


class Raises(Space):
    def make(self):
        return LayerChoice("stem", {"3x3": good(), "5x5": good(5), "bad": lambda: Fails("raises")})


class AllRaise(Space):
    def make(self):
        names = "abcd"
        return LayerChoice("stem", {name: lambda: Fails("raises") for name in names})


class Slow(Space):
    def make(self):
        slow = {"a": lambda: Fails("slow"), "b": lambda: nn.Sequential(Fails("slow"), nn.ReLU())}
        return LayerChoice("stem", slow)
"""
SMALL = ["--image-px", "16", "16", "--trial-epochs", "1", "--epochs", "1", "--seeds", "1"]
SMALL += ["--strategy", "random_search", "--ranked", "0"]


def call(*arguments):
    return main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def asked(cells, place):
    assert call("import", cells, "--out", place / "all.parquet") == 0
    assert call("split", place / "all.parquet", "--out", place / "split.parquet") == 0
    (place / "spaces.py").write_text(SPACES)

    def of(name, *flags):
        space = f"{place / 'spaces.py'}:{name}"
        table = place / "split.parquet"
        return ["search", "architecture", table, "--space", space, *SMALL, *flags]

    return of


@pytest.mark.parametrize(
    ("name", "flags", "said"),
    [
        ("One", [], "the space One has one architecture only"),
        ("Twice", [], "the name 'stem' is used by two choices"),
        ("Shapes", [], "does not work with 'stem' = 'wide'"),
        ("Strides", ["--strategy", "darts"], "darts cannot search Strides: options of the choice"),
        ("Strides", ["--strategy", "gumbel"], "gumbel cannot search Strides"),
        ("Missing", [], "has no function 'Missing'"),
    ],
)
def test_a_space_that_cannot_be_searched_is_named_and_nothing_is_made(
    asked, tmp_path, capsys, name, flags, said
):
    assert call(*asked(name, *flags), "--out", tmp_path / "s") == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Nan", "the loss was not finite"),
        ("Memory", "out of memory"),
        ("Raises", "the network fails: ValueError: Expected more than 1 value"),
    ],
)
def test_a_network_that_fails_keeps_its_reason_and_the_others_are_scored(
    asked, tmp_path, name, reason
):
    assert call(*asked(name, "--budget", "8s"), "--out", tmp_path / "s") == 0
    rows = pl.read_parquet(tmp_path / "s" / "architectures.parquet")
    failed = rows.filter(pl.col("score").is_nan())
    assert failed["architecture"].to_list() == ['{"stem": "bad"}']
    assert failed["reason"][0].startswith(reason)
    assert rows.height == 3
    over = read_record(tmp_path / "s" / "architectures.parquet").over
    assert over["search"].had_s == 4  # what another strategy and chance would have had together
    assert reason in (tmp_path / "s" / "search.html").read_text()


@pytest.mark.parametrize("strategy", ["random_search", "darts", "single_path"])
def test_a_fault_of_all_networks_is_said_and_ends_the_search(asked, tmp_path, capsys, strategy):
    flags = ["--strategy", strategy, "--budget", "4s"]
    assert call(*asked("AllRaise", *flags), "--out", tmp_path / "s") == 2
    error = " ".join(capsys.readouterr().err.split())
    assert "Expected more than 1 value per channel" in error
    assert "this should not have happened" not in error


def test_a_budget_too_small_for_one_trial_says_how_long_one_takes_and_a_longer_one_goes_on(
    asked, tmp_path, capsys
):
    out = tmp_path / "s"
    assert call(*asked("Slow", "--batch-size", 16, "--budget", "2s"), "--out", out) == 2
    error = capsys.readouterr().err
    assert "no network could be scored in the 1 s of random_search: the time was over" in error
    assert "of its training, which takes about" in error
    assert "give smaller --image-px or a longer --budget" in error
    assert not (out / "best.py").exists()
    assert call(*asked("Slow", "--batch-size", 16, "--budget", "1s"), "--out", out, "--resume") == 2
    assert "begun with --budget 2s, and 1s is less" in capsys.readouterr().err
    assert (
        call(*asked("Slow", "--batch-size", 16, "--budget", "10s"), "--out", out, "--resume") == 0
    )
    rows = pl.read_parquet(out / "architectures.parquet")
    assert rows["score"].is_not_nan().all()


@pytest.mark.parametrize(
    "old",
    [
        '{"facts": {}, "over": ["search"]}',
        '{"facts": {}, "over": {}, "reached": {}, "epochs": {}, "version": 1}',
    ],
)
def test_a_table_of_another_version_is_not_gone_on_with(old, asked, tmp_path, capsys):
    place = tmp_path / "architectures.parquet"
    write_frame(pl.DataFrame({"score": [0.5]}), place, **{"buffycoat architectures": old})
    assert call(*asked("Nan"), "--out", tmp_path, "--resume") == 2
    assert "another version of Buffycoat: choose another --out" in capsys.readouterr().err
