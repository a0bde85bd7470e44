"""The rows that a training takes from a split table, held against the table by hand."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from buffycoat.errors import InputError
from buffycoat.pipeline.rows import rows_by_split
from buffycoat.tables.samples import SampleTable

ROWS = [  # sample, label, split, group, why it is left out, place in the store
    ("p1", "b", "train", "slide 1", None, 4),
    ("p2", "a", "train", "slide 1", None, 3),
    ("gone", "a", "train", "slide 1", None, -1),
    ("out", "a", "train", "slide 1", "a repeat", 2),
    ("slide 1", "a", "train", None, None, 1),
    ("p3", "a", "validation", "slide 2", None, 0),
    ("p4", "a", "test", "slide 3", None, 5),
]
NAMES = ["sample_id", "label", "split", "group", "excluded_because", "place"]


def table(rows=ROWS) -> SampleTable:
    frame = pl.DataFrame(rows, NAMES, orient="row").with_columns(path=pl.col("sample_id"))
    return SampleTable(frame, Path("cells"), ("a", "b"))


STORE = SimpleNamespace(pixels=np.zeros((6, 2, 2, 3)), rows_of=lambda f: f["place"].to_numpy())


def test_what_is_left_out_gone_or_for_the_test_is_not_learned_from():
    data = rows_by_split(table(), STORE)
    assert data.train_rows.tolist() == [4, 3, 1]
    assert data.train_labels.tolist() == [1, 0, 0]
    assert (data.validation_rows.tolist(), data.validation_labels.tolist()) == ([0], [0])


def test_an_image_of_no_group_is_its_own_also_where_it_is_called_like_another():
    one, other, own = rows_by_split(table(), STORE).groups
    assert one == other != own


def test_a_split_without_an_image_names_the_first_that_is_gone():
    gone = [row for row in ROWS if row[5] == -1 or row[2] != "train"]
    with pytest.raises(InputError, match="the first was gone in cells"):
        rows_by_split(table(gone), STORE)
