import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from buffycoat.errors import DiskError, SettingError, TableError
from buffycoat.tables.samples import (
    SampleTable,
    check_samples,
    data_hash,
    read_samples,
    write_samples,
)


@pytest.fixture
def table(tmp_path):
    frame = pl.DataFrame(
        {
            "sample_id": ["a", "b", "c"],
            "path": ["a.png", "b.png", "f.tif"],
            "box": [None, None, [1, 2, 3, 4]],
            "label": ["monocyte", "basophil", None],
            "split": ["train", "test", None],
            "excluded_because": [None, None, "no label"],
            "pixels_sha256": ["1", "2", "3"],
            "ward": ["x", "y", "z"],
        }
    )
    classes = ("basophil", "monocyte")
    return SampleTable(frame, tmp_path, classes, {"basophil": 4}, ("slide",), ("a note",))


def test_what_is_written_is_read_back(table, tmp_path):
    path = write_samples(table.stepped("import", table.frame, n=3), tmp_path / "t.parquet")
    back = read_samples(path)
    assert back.frame.drop("fold").equals(check_samples(table).frame.drop("fold"))
    assert back.frame["ward"].to_list() == ["x", "y", "z"]
    assert (back.root, back.classes, back.class_ids) == (tmp_path, table.classes, {"basophil": 4})
    assert (back.group_columns, back.notes) == (("slide",), ("a note",))
    assert back.steps == ({"step": "import", "n": 3},)


def test_csv_holds_the_rows(table, tmp_path):
    path = write_samples(table, tmp_path / "t.csv")
    assert pl.read_csv(path)["box"].to_list() == [None, None, "1 2 3 4"]


def test_the_hash_does_not_depend_on_order_or_place(table):
    elsewhere = replace(table, root=Path("elsewhere"), frame=table.frame.reverse())
    assert data_hash(check_samples(elsewhere)) == data_hash(check_samples(table))


@pytest.mark.parametrize("column", ["label", "split", "excluded_because", "pixels_sha256", "group"])
def test_the_hash_depends_on_what_an_image_is_used_for(table, column):
    whole = check_samples(table)
    value = {"split": "validation", "label": "basophil"}.get(column, "other")
    changed = whole.frame.with_columns(pl.lit(value).alias(column))
    assert data_hash(replace(whole, frame=changed)) != data_hash(whole)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("sample_id", ["a", "a", "c"], "'a' stands in several rows"),
        ("split", ["train", "dev", None], "row 2: split is 'dev'"),
        ("label", ["monocyte", "blast", None], "label 'blast' is not among"),
        ("path", ["a", None, "c"], "column 'path' is missing or has empty rows"),
        ("fold", ["x", "y", "z"], "wrong type"),
    ],
)
def test_impossible_values_are_refused(table, column, values, message):
    with pytest.raises(TableError, match=message):
        check_samples(replace(table, frame=table.frame.with_columns(pl.Series(column, values))))


def test_only_labelled_rows_that_were_not_excluded_are_usable(table):
    assert table.usable["sample_id"].to_list() == ["a", "b"]


def test_another_file_is_no_sample_table(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1 but not really")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "y.parquet")
    for name in ("x.parquet", "y.parquet"):
        with pytest.raises(TableError, match="is no sample table"):
            read_samples(tmp_path / name)
    with pytest.raises(TableError, match="does not exist"):
        read_samples(tmp_path / "z.parquet")


def test_a_failed_write_leaves_the_old_table(table, tmp_path, monkeypatch):
    path = write_samples(table, tmp_path / "t.parquet")
    before = path.read_bytes()

    def full(self, file, **_):
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(DiskError, match="the disk is full"):
        write_samples(table, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["t.parquet"]


def test_a_table_is_parquet_or_csv_in_any_case_and_nothing_else(table, tmp_path):
    with pytest.raises(SettingError, match=r"t\.xlsx is no name for a table"):
        write_samples(table, tmp_path / "t.xlsx")
    assert not list(tmp_path.iterdir())
    write_samples(table, tmp_path / "t.CSV")
    assert (
        pl.read_csv(tmp_path / "t.CSV")["sample_id"].to_list() == table.frame["sample_id"].to_list()
    )


def test_metadata_is_plain_json(table, tmp_path):
    path = write_samples(table, tmp_path / "t.parquet")
    facts = json.loads(pl.read_parquet_metadata(path)["buffycoat"])
    assert facts["classes"] == ["basophil", "monocyte"]
