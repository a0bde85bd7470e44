"""Prediction tables of other programs that cannot be evaluated: the row, and what to do."""

import polars as pl
import pytest

WORDS = "path,label,predicted,split\n" + "".join(
    f"{i}.png,{'ab'[i % 2]},{'ab'[i % 3 % 2]},test\n" for i in range(12)
)
NUMBERS = "path,label,p_a,p_b\n" + "".join(f"{i}.png,{'ab'[i % 2]},.5,.5\n" for i in range(9))


@pytest.fixture
def given(tmp_path):
    def given(text, encoding="utf-8"):
        (tmp_path / "p.csv").write_bytes(text.encode(encoding))
        return tmp_path / "p.csv"

    return given


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["UTF-8 CSV with commas", "empty"]),
        (WORDS.replace(",", ";"), ["no predictions", "`predicted`", "path;label"]),
        (WORDS.replace("predicted", "guess"), ["no predictions", "`p_<class>`", "'guess'"]),
        (WORDS + "0.png,a,b,test\n", ["row 1", "'0.png' is predicted twice"]),
        (WORDS + "77.png,a,b,test,x\n", ["UTF-8 CSV with commas"]),
        (WORDS + "77.png,A,b,test\n", ["'A' and 'a'", "case alone", "spell each class"]),
        (NUMBERS + "x.png,a,.5,.9\n", ["row 10", "numbers from 0 to 1 that sum to 1"]),
        (NUMBERS + "x.png,a,-1,2\n", ["row 10", "numbers from 0 to 1 that sum to 1"]),
        (NUMBERS + "x.png,a,nan,.5\n", ["row 10", "numbers from 0 to 1 that sum to 1"]),
        (NUMBERS + "x.png,a,,\n", ["row 10", "numbers from 0 to 1 that sum to 1"]),
        (NUMBERS + "x.png,a,high,.5\n", ["a probability is not a number", '"high"']),
        (NUMBERS + "x.png,c,.5,.5\n", ["row 10", "label 'c' is not among", "('a', 'b')"]),
    ],
)
def test_a_table_with_impossible_rows(text, said, given, assert_refused):
    path = given(text)
    answer = assert_refused("evaluate", path, saying=[str(path), *said])
    assert "schema" not in answer.err


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_another_encoding(encoding, given, assert_refused):
    path = given(WORDS + "77.png,ü,a,test\n", encoding)
    assert_refused("evaluate", path, saying=[str(path), "UTF-8 CSV with commas"])


def test_a_table_without_labels_or_split(given, assert_refused, table):
    path = given("path,predicted\n1.png,a\n2.png,b\n")
    assert_refused("evaluate", path, saying=["no row has a label", "--samples"])
    said = ["no sample_id of the predictions stands in the sample table"]
    assert_refused("evaluate", path, "--samples", table, saying=said)
    path = given(WORDS.replace("test", "tset"))
    assert_refused("evaluate", path, saying=["no labelled rows of split 'test'", "tset (12)"])


def test_a_file_that_is_no_table(tmp_path, cells, table, assert_refused):
    (tmp_path / "p.parquet").write_bytes(b"PAR1 and nothing")
    assert_refused("evaluate", tmp_path / "p.parquet", saying=["p.parquet is no Parquet table"])
    assert_refused(
        "split", tmp_path / "p.parquet", saying=["p.parquet is no sample table", "import"]
    )
    assert_refused("evaluate", table, saying=[str(table), "no predictions"])
    assert_refused("evaluate", cells, saying=[str(cells), "is no run folder"])
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "p.parquet")
    assert_refused(
        "train", tmp_path / "p.parquet", "--out", tmp_path / "r", saying=["no sample table"]
    )


def test_labels_with_stray_spaces_and_leading_zeros_are_what_they_say(given, goes_on):
    rows = "1.png, 01,01\n2.png,02 ,02\n3.png,02,01\n4.png,01,01\n"
    path = given("path,label,predicted\n" + rows)
    out = goes_on("evaluate", path).out
    assert "0.7500" in out
    assert "class 1 " not in out
