"""The trial table: written, read again, and what it refuses."""

from dataclasses import replace

import polars as pl
import pytest

from buffycoat.errors import TableError
from buffycoat.tables.trials import TrialTable, check_trials, read_trials, write_trials

FRAME = pl.DataFrame(
    {
        "trial_id": [1, 2],
        "run": ["epochs-1", "epochs-2"],
        "status": ["finished", "waiting"],
        "seed": [0, 0],
        "learning.epochs": [1, 2],
        "validation_accuracy": [0.5, None],
    }
)


@pytest.fixture
def table():
    return TrialTable(FRAME, ("learning.epochs",), {"kind": "sweep"})


def test_it_is_read_as_it_was_written(table, tmp_path):
    found = read_trials(write_trials(table, tmp_path / "trials.parquet"))
    assert found.frame.equals(check_trials(table).frame)
    assert found.frame.columns[0] == "trial_id"
    assert found.frame.columns[-1] == "learning.epochs"
    assert (found.varied, found.facts) == (("learning.epochs",), {"kind": "sweep"})
    write_trials(table, tmp_path / "trials.csv")
    assert pl.read_csv(tmp_path / "trials.csv")["run"].to_list() == ["epochs-1", "epochs-2"]


def test_one_row_changes_alone(table):
    changed = check_trials(table).with_row(2, status="failed", reason="no room", seed=None)
    assert changed.frame["status"].to_list() == ["finished", "failed"]
    assert changed.frame["reason"].to_list() == [None, "no room"]
    assert changed.frame["validation_accuracy"].to_list() == [0.5, None]


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("run", ["a", "../b"], "row 2: run '../b' does not lie"),
        ("run", ["a", "/b"], "row 2: run '/b' does not lie"),
        ("run", ["a", "a"], "run 'a' stands in several rows"),
        ("run", ["a", "."], "row 2: run '.' does not lie"),
        ("trial_id", [1, 1], "trial_id 1 stands in several rows"),
        ("status", ["finished", "done"], "row 2: status is 'done'"),
        ("status", ["finished", None], "column 'status' has empty rows"),
        ("seed", ["x", "y"], "wrong type"),
    ],
)
def test_what_cannot_be_is_refused(table, column, values, said):
    wrong = replace(table, frame=FRAME.with_columns(pl.Series(column, values)))
    with pytest.raises(TableError) as error:
        check_trials(wrong)
    assert said in str(error.value)


def test_a_varied_setting_without_a_column_is_refused(table):
    with pytest.raises(TableError, match=r"learning\.epochs"):
        check_trials(replace(table, frame=FRAME.drop("learning.epochs")))


def test_other_files_are_refused(tmp_path):
    with pytest.raises(TableError, match="does not exist"):
        read_trials(tmp_path / "none.parquet")
    FRAME.write_parquet(tmp_path / "other.parquet")
    with pytest.raises(TableError, match="is no trial table"):
        read_trials(tmp_path / "other.parquet")


def test_titles_are_short_where_that_is_enough():
    varied = ("seed", "learning.optimizer.rate", "augmentation.rate", "learning.epochs")
    assert list(TrialTable(FRAME, varied).titles.values()) == [
        "seed",
        "learning.optimizer.rate",
        "augmentation.rate",
        "epochs",
    ]
