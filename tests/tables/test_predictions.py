import numpy as np
import polars as pl
import pytest

from buffycoat.errors import TableError
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.predictions import probabilities, read_predictions, write_predictions


def write(path, text):
    path.write_text(text)
    return path


def test_a_foreign_csv_needs_only_label_and_answer(tmp_path):
    table = read_predictions(write(tmp_path / "theirs.csv", "label,predicted\na,a\nb,a\n"))
    assert table.classes == ("a", "b")
    assert not table.has_probabilities
    assert table.frame["sample_id"].to_list() == ["0", "1"]
    assert table.frame["run_id"].unique().to_list() == ["theirs"]


def test_the_answer_is_the_most_probable_class(tmp_path):
    text = "path,label,p_b,p_a\nx,a,0.25,0.75\ny,b,1,0\n"
    table = read_predictions(write(tmp_path / "p.csv", text))
    assert table.classes == ("b", "a")
    assert table.frame["predicted"].to_list() == ["a", "b"]
    assert table.frame["sample_id"].to_list() == ["x", "y"]
    assert probabilities(table).tolist() == [[0.25, 0.75], [1, 0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label\nx,a\n", "neither a column `predicted` nor columns `p_<class>`"),
        ("label,p_a,p_b\na,0.9,0.9\n", "row 1: probabilities must be numbers"),
        ("label,p_a,p_b\na,0.5,0.5\na,nan,0.1\n", "row 2: probabilities must be numbers"),
        ("label,p_a,p_b\na,high,low\n", "a probability is not a number"),
        ("label,p_a,p_b\nc,0.5,0.5\n", "row 1: label 'c' is not among the classes"),
        ("sample_id,label,predicted\nx,a,a\nx,a,b\n", "sample 'x' is predicted twice"),
        ("", "cannot be read"),
    ],
)
def test_bad_predictions_name_the_file_and_the_row(tmp_path, text, message):
    path = write(tmp_path / "bad.csv", text)
    with pytest.raises(TableError, match=message) as error:
        read_predictions(path)
    assert "bad.csv" in str(error.value)


def test_answers_are_written_and_read_back(tmp_path):
    frame = pl.DataFrame({"sample_id": ["x", "y"], "path": ["x", "y"], "label": ["a", "b"]})
    p = np.array([[0.9, 0.1], [0.5, 0.5]])
    table = answer_rows(frame, p, ["a", "b"], "mine", failures={1: "truncated"})
    assert table.frame["predicted"].to_list() == ["a", None]
    assert table.frame["p_b"].to_list() == [pytest.approx(0.1), None]
    for name in ("p.parquet", "p.csv"):
        back = read_predictions(write_predictions(table, tmp_path / name))
        assert back.classes == ("a", "b")
        assert back.frame["failed_because"].to_list() == [None, "truncated"]
        assert back.frame["run_id"].to_list() == ["mine", "mine"]
