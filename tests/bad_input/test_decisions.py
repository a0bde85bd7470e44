"""`buffycoat exclude` with decisions that cannot be applied, and with those that can."""

import polars as pl
import pytest

from buffycoat.tables.samples import read_samples


@pytest.fixture
def decided(tmp_path):
    """Write decisions into a file."""

    def decided(text, name="decisions.csv", encoding="utf-8"):
        (tmp_path / name).write_bytes(text.encode(encoding))
        return tmp_path / name

    return decided


@pytest.fixture(scope="module")
def names(table):
    return read_samples(table).frame["sample_id"].to_list()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["decisions.csv has no rows", "sample_id,decision,label,reason"]),
        ("sample_id,label\n{0},platelet\n", ["no column 'decision'", "'sample_id', 'label'"]),
        ("name,decision\n{0},keep\n", ["no column 'sample_id'"]),
        ("sample_id,decision\nnone.png,keep\n", ["line 2", "no sample_id 'none.png'"]),
        ("sample_id,decision\n{0},keep\n,keep\n", ["line 3: sample_id is empty"]),
        ("sample_id,decision\n{0},\n", ["line 2: decision is empty", "keep, exclude, relabel"]),
        ("sample_id,decision\n{0},drop\n", ["line 2: decision is 'drop'", "exclude"]),
        ("sample_id,decision,label\n{0},relabel,\n", ["line 2: relabel needs the new label"]),
        ("sample_id,decision\n{0},relabel\n", ["line 2: relabel needs the new label"]),
        (
            "sample_id,decision,label\n{0},relabel,platlet\n",
            ["line 2: there is no class named 'platlet'", "did you mean: platelet"],
        ),
        ("sample_id,decision,label\n{0},keep,platelet\n", ["line 2: label is 'platelet'", "write"]),
        (
            "sample_id,decision\n{0},keep\n{1},keep\n{0},exclude\n",
            ["line 4", "is decided on twice: exclude here, keep in", "line 2"],
        ),
        ('sample_id,decision\n"{0},keep\n', ["close every double quote"]),
        ("sample_id,decision,reason\n{0},exclude,a,b\n", ["line 2: 4 cells", "double quotes"]),
    ],
)
def test_what_cannot_be_applied_is_refused_as_a_whole(
    text, said, table, names, decided, tmp_path, assert_refused
):
    path = decided(text.format(*names))
    assert_refused("exclude", table, path, "--out", tmp_path / "o.parquet", saying=said)
    assert not (tmp_path / "o.parquet").exists()


def test_a_header_alone_as_an_audit_without_suggestions_writes_it_changes_nothing(
    table, decided, goes_on
):
    answer = goes_on("exclude", table, decided("sample_id,decision,label,reason,because\r\n"))
    assert "0 images excluded, 0 images relabelled, 0 images brought back" in answer.out


def test_a_missing_file_and_another_encoding_are_said(table, names, decided, tmp_path, call):
    assert "cannot be read" in call("exclude", table, tmp_path / "no.csv").err
    path = decided(f"sample_id,decision,reason\n{names[0]},exclude,größer\n", encoding="latin-1")
    assert "line 2 has byte 0xf6" in call("exclude", table, path).err


def test_decisions_are_applied_twice_with_the_same_outcome(
    table, names, decided, tmp_path, goes_on, reasons
):
    path = decided(
        f"\ufeffsample_id;decision;label;reason;because\r\n"
        f"{names[0]};exclude;;two cells;several\r\n{names[60]};relabel;platelet;;\r\n"
    )
    once, twice = tmp_path / "1.parquet", tmp_path / "2.parquet"
    answer = goes_on("exclude", table, path, "--out", once)
    assert "1 image excluded, 1 image relabelled, 0 images brought back; 149 of 150" in answer.out
    assert "1 image had a part in the split and have none now" in answer.out.replace("\n", " ")
    assert "went by old labels: split the table again" in answer.err
    assert reasons(once)[names[0]] == "decision: two cells"
    again = goes_on("exclude", once, path, "--out", twice)
    assert "0 images excluded, 0 images relabelled" in again.out
    assert pl.read_parquet(once).equals(pl.read_parquet(twice))
    assert read_samples(once).steps == read_samples(twice).steps


def test_an_excluded_image_comes_back_and_an_unreadable_one_does_not(
    classes, pixels, decided, tmp_path, goes_on, reasons
):
    folder = classes("cells", a=3, b=3)
    (folder / "a" / "broken.png").write_bytes(b"no image")
    table = tmp_path / "s.parquet"
    goes_on("import", folder, "--out", table)
    goes_on("exclude", table, decided("sample_id,decision\na/0.png,exclude\n"), "--out", table)
    assert reasons(table)["a/0.png"] == "decision: excluded by hand"
    both = decided("sample_id,decision\na/0.png,keep\na/broken.png,keep\n", "keep.csv")
    answer = goes_on("exclude", table, both, "--out", table)
    assert "1 image brought back; 6 of 7 images" in answer.out
    assert "not brought back, since they cannot be used: a/broken.png (unreadable" in answer.out
    assert reasons(table)["a/0.png"] is None


def test_several_files_are_applied_together(table, names, decided, tmp_path, goes_on, reasons):
    one = decided(f"sample_id,decision\n{names[0]},exclude\n", "1.csv")
    two = decided(f"sample_id,decision\n{names[1]},exclude\n", "2.csv")
    out = tmp_path / "o.parquet"
    goes_on("exclude", table, one, two, "--out", out)
    assert sum(reason is not None for reason in reasons(out).values()) == 2


def test_the_table_does_not_replace_the_decisions(table, names, decided, assert_refused):
    path = decided(f"sample_id,decision\n{names[0]},exclude\n")
    before = path.read_bytes()
    said = ["is a file of decisions", "name another place"]
    assert_refused("exclude", table, path, "--out", path, saying=said)
    assert path.read_bytes() == before
