"""A CSV joined to images by their id, path, name or stem."""

from __future__ import annotations

import pytest

from buffycoat.errors import InputError
from buffycoat.sources.listing import list_samples
from buffycoat.sources.metadata import join_metadata

PATHS = ["a/1.png", "a/2.png", "b/3.png"]


@pytest.fixture
def table(tmp_path):
    columns = {
        "sample_id": ["i", "j", "k"],
        "path": PATHS,
        "label": ["a", "a", "b"],
        "slide": ["s", None, None],
    }
    return list_samples(columns, root=tmp_path, origin=tmp_path)


@pytest.fixture
def write(tmp_path):
    def written(text):
        (tmp_path / "m.csv").write_text(text)
        return tmp_path / "m.csv"

    return written


@pytest.mark.parametrize(
    ("on", "keys"),
    [
        ("sample_id", "ik"),
        ("path", ["a/1.png", "b/3.png"]),
        ("name", ["1.png", "3.png"]),
        ("stem", "13"),
    ],
)
def test_every_key(table, write, on, keys):
    path = write(f"{on},patient,age\n{keys[0]},p,30\n{keys[1]},q,\nzz,r,1\n")
    joined = join_metadata(table, path, on)
    assert joined.frame["patient"].to_list() == ["p", None, "q"]
    assert joined.frame["age"].to_list() == ["30", None, None]
    assert "2 of 3 samples are in it, 1 of its rows name no sample" in joined.notes[-1]
    assert joined.group_columns == ("patient", "slide")


def test_what_was_known_stays_where_the_csv_is_silent(table, write):
    joined = join_metadata(table, write("stem,slide,group,split\n1,,g,Train\n2,t,g,\n"), "stem")
    assert joined.frame["slide"].to_list() == ["s", "t", None]
    assert joined.frame["group_given"].to_list() == ["g", "g", None]
    assert joined.frame["split"].to_list() == ["train", None, None]


def test_labels_replace_the_folder_and_missing_ones_exclude(table, write):
    joined = join_metadata(table, write("stem,label\n1,x\n2, X \n"), "stem")
    assert joined.frame["label"].to_list() == ["X", "X", None]
    assert joined.frame["excluded_because"].to_list() == [None, None, "m.csv has no label for it"]
    assert joined.frame["label_coarse"].to_list() == ["a", "a", "b"]


def test_columns_that_buffycoat_fills_stay_its_own(table, write):
    joined = join_metadata(table, write("stem,sample_id,width_px,path\n1,z,9,q\n"), "stem")
    assert joined.frame["sample_id"].to_list() == ["i", "j", "k"]
    assert joined.frame["width_px"].null_count() == 3
    assert joined.frame["width_px_given"].to_list() == ["9", None, None]
    assert joined.frame["path_given"].to_list() == ["q", None, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,patient\n1,p\n", "no column 'stem'"),
        ("stem,patient\n1,p\n1,q\n", "m.csv, line 3: '1' stands on line 2 too"),
        ("stem,patient\n9,p\n", "none of its 1 rows names an image by its stem.*example '1'"),
        ("stem,patient\n,p\n", "line 2: stem is empty"),
        ("stem,split\n1,other\n", "line 2: split is 'other'"),
    ],
)
def test_wrong_tables_are_refused(table, write, text, said):
    with pytest.raises(InputError, match=said):
        join_metadata(table, write(text), "stem")


def test_a_name_that_stands_for_several_files_is_refused(tmp_path, write):
    columns = {"sample_id": ["i", "j"], "path": ["a/1.png", "b/1.png"], "label": ["a", "b"]}
    table = list_samples(columns, root=tmp_path, origin=tmp_path)
    with pytest.raises(InputError, match=r"2 files have the name '1\.png': join on path"):
        join_metadata(table, write("name,patient\n1.png,p\n"))


def test_several_samples_of_one_file_share_its_row(tmp_path, write):
    columns = {
        "sample_id": ["i", "j"],
        "path": ["a/1.png"] * 2,
        "label": ["a", "b"],
        "box": [[0, 0, 9, 9], [1, 1, 9, 9]],
    }
    table = list_samples(columns, root=tmp_path, origin=tmp_path)
    joined = join_metadata(table, write("name,patient\n1.png,p\n"))
    assert joined.frame["patient"].to_list() == ["p", "p"]
