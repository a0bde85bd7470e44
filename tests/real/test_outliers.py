"""What is planted among PBC's cells is found: the set of the competition, and harder plants."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import polars as pl
import pytest

from buffycoat.sources.folder import read_folder
from buffycoat.tables.samples import SampleTable, check_samples

sys.path.insert(0, str(Path(__file__).parents[2]))  # the benchmarks are no package of ours

from benchmarks.planted import audit
from benchmarks.planting import cells_of, competition, harder


@pytest.fixture(scope="module")
def pbc(data) -> SampleTable:
    """PBC with the hashes of its files in the place of those of its pixels, which take longer."""
    table = read_folder(data / "pbc")
    paths = [table.root / path for path in table.frame["path"]]
    hashes = pl.Series([hashlib.sha256(path.read_bytes()).hexdigest() for path in paths])
    frame = table.frame.with_columns(pixels_sha256=hashes, file_sha256=hashes)
    return check_samples(SampleTable(frame, table.root, table.classes))


def test_every_foreign_picture_and_one_of_each_pair_is_found_and_no_cell(pbc, tmp_path):
    rows = cells_of(pbc, 11_959, seed=31)
    found = audit(competition(pbc, rows, 31, tmp_path / "set.npz"), tmp_path)
    kinds = {"1,600 of one": (1600, 1600), "200 of one": (200, 200), "pair": (8, 8)}
    assert found.recall() == kinds
    assert len(found.wrong) == 0, [found.reasons[int(row)] for row in found.wrong]


def test_single_pictures_another_stain_and_empty_fields_are_found(pbc, tmp_path):
    rows = cells_of(pbc, 5000, seed=32)
    found = audit(harder(pbc, rows, 32, tmp_path / "set.npz"), tmp_path)
    assert {n - of for n, of in found.recall().values()} == {0}, found.recall()
    assert found.is_planted.sum() == 60
    assert len(found.wrong) <= 2
