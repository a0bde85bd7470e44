"""What tests through the command line begin with: a folder of their own, and a split table."""

import pytest

from buffycoat.cli import main


@pytest.fixture(scope="module")
def place(tmp_path_factory, request):
    """A folder for one file of tests."""
    return tmp_path_factory.mktemp(request.module.__name__.rpartition(".")[2])


@pytest.fixture(scope="module")
def table(cells, place):
    """The drawn cells in two folds by slide."""
    slides = ["--slide-from", r"slide(\d+)", "--out", str(place / "s.parquet")]
    assert main(["import", str(cells), *slides]) == 0
    split = place / "split.parquet"
    assert main(["split", str(place / "s.parquet"), "--folds", "2", "--out", str(split)]) == 0
    return split
