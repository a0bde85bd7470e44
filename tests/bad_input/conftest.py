"""What every test of bad input does: make it, give the command, and read what the user sees."""

import zlib
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.cli import main

SMALL = ("--model", "small_cnn", "--weights", "none", "--image-px", "32", "32")
SMALL += ("--n-threads", "1", "--epochs", "1")


@dataclass(frozen=True)
class Answer:
    """What a command gave back."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def small():
    """Flags for the smallest training."""
    return SMALL


@pytest.fixture(scope="session")
def table(cells, tmp_path_factory):
    """The drawn cells as a split table."""
    out = tmp_path_factory.mktemp("bad_input") / "split.parquet"
    assert main(["import", str(cells), "--slide-from", r"slide(\d+)", "--out", str(out)]) == 0
    assert main(["split", str(out), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="session")
def trained(table):
    """A finished run."""
    out = table.parent / "run"
    assert main(["train", str(table), *SMALL, "--out", str(out)]) == 0
    return out


@pytest.fixture
def call(capsys):
    """Give a command; its code and what it printed come back."""

    def call(*arguments):
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as refused_flags:
            code = refused_flags.code
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err + shown.out
        return Answer(code, shown.out, shown.err)

    return call


@pytest.fixture
def assert_refused(call):
    """Give a command that must be refused in words that hold these."""

    def assert_refused(*arguments, saying):
        answer = call(*arguments)
        assert answer.code == 2, answer
        for words in saying:
            assert words in answer.err
        return answer

    return assert_refused


@pytest.fixture
def goes_on(call):
    """Give a command that must go on; what it printed comes back."""

    def goes_on(*arguments):
        answer = call(*arguments)
        assert answer.code == 0, answer
        return answer

    return goes_on


@pytest.fixture(scope="session")
def pixels():
    """Pixels uint8 (px, px, 3), others for every seed."""
    return lambda seed=0, px=32: np.random.default_rng(seed).integers(0, 256, (px, px, 3), np.uint8)


@pytest.fixture
def classes(tmp_path, pixels):
    """A folder with so many images in each of these folders."""

    def classes(name, **counts):
        for place, n in counts.items():
            folder = tmp_path / name / place.replace("__", "/")
            folder.mkdir(parents=True)
            for i in range(n):
                seed = zlib.crc32(f"{name} {place} {i}".encode())
                Image.fromarray(pixels(seed)).save(folder / f"{i}.png")
        return tmp_path / name

    return classes


@pytest.fixture(scope="session")
def reasons():
    """Why each sample of a table was left out, by its id; None for those that were not."""

    def reasons(table):
        frame = pl.read_parquet(table)
        return dict(zip(frame["sample_id"], frame["excluded_because"], strict=True))

    return reasons
