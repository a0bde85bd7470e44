"""Lists in CSV: what is read right, what stays with a reason, what is refused with its line."""

from __future__ import annotations

import pytest

from buffycoat.errors import InputError
from buffycoat.sources.csv_list import read_csv_list


@pytest.fixture
def write(tmp_path):
    for name in "abcdef":
        (tmp_path / f"{name}.png").touch()

    def written(text):
        path = tmp_path / "list.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def reasons(table):
    return table.frame["excluded_because"].to_list()


def test_paths_labels_origins_and_other_columns(write, tmp_path):
    table = read_csv_list(
        write(
            "path,label,Patient,slide,group,split,scanner,fold\n"
            "a.png,x,1,s,g,train,old,3\nb.png,y,2,,,VAL,,\n\nc.png,y,,,h,,new,1\n"
        )
    )
    frame = table.frame
    assert table.root == tmp_path
    assert frame["patient"].to_list() == ["1", "2", None]
    assert frame["group_given"].to_list() == ["g", None, "h"]
    assert frame["group"].null_count() == 3
    assert frame["split"].to_list() == ["train", "validation", None]
    assert frame["scanner"].to_list() == ["old", None, "new"]
    assert frame["fold_given"].to_list() == ["3", None, "1"]
    assert frame["fold"].null_count() == 3
    assert table.group_columns == ("patient", "slide", "group_given")


def test_the_published_variant_with_absolute_paths(write, tmp_path):
    other = tmp_path / "sub"
    other.mkdir()
    (other / "z.jpg").touch()
    path = write(f"path_image,label\n{other}/z.jpg,x\n{tmp_path}/a.png,y\n")
    table = read_csv_list(path)
    assert table.frame["path"].to_list() == ["sub/z.jpg", "a.png"]
    moved = path.rename(other / "list.csv")
    table = read_csv_list(moved)
    assert (table.root, table.frame["path"].to_list()) == (tmp_path, ["sub/z.jpg", "a.png"])


def test_paths_above_the_list_and_with_backslashes(write, tmp_path):
    inner = tmp_path / "lists"
    inner.mkdir()
    path = write("path,label\n../a.png,x\n..\\b.png,y\n").rename(inner / "list.csv")
    table = read_csv_list(path)
    assert (table.root, table.frame["path"].to_list()) == (tmp_path, ["a.png", "b.png"])


def test_labels_with_stray_spaces_or_case_are_one(write):
    table = read_csv_list(write("path,label\na.png,Mono\nb.png, mono \nc.png,Mono\nd.png,x\n"))
    assert table.frame["label"].to_list() == ["Mono", "Mono", "Mono", "x"]
    assert table.frame["label_given"].to_list() == ["Mono", " mono ", "Mono", "x"]
    assert any("one class: ' mono ', 'Mono'" in note for note in table.notes)


def test_missing_files_and_labels_keep_their_rows(write):
    table = read_csv_list(write("path,label\na.png,x\nno.png,x\nb.png, \nc.png,y\n"))
    assert reasons(table) == [None, "missing file", "no label", None]
    assert any("1 missing files, the first on line 3" in note for note in table.notes)


def test_repeated_rows(write):
    table = read_csv_list(
        write("path,label\na.png,x\na.png,X \nb.png,x\n./b.png,y\nc.png,y\nc.png,\n")
    )
    assert reasons(table) == [
        None,
        "repeats line 2",
        "line 4 and line 5 give one image different labels: x, y",
        "line 4 and line 5 give one image different labels: x, y",
        None,
        "no label",
    ]
    assert table.frame["sample_id"].is_unique().all()


def test_pages_and_boxes_are_samples_of_their_own(write):
    table = read_csv_list(
        write("path,label,item,box\na.png,x,0,\na.png,y,1,\nb.png,x,,0 0 9 9\nb.png,y,,5 5 20 20\n")
    )
    assert reasons(table) == [None] * 4
    assert table.frame["box"].to_list() == [None, None, [0, 0, 9, 9], [5, 5, 20, 20]]
    assert table.frame["item"].to_list() == [0, 1, None, None]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_another_delimiter_is_read_and_noted(write, mark):
    table = read_csv_list(write(f"path{mark}label\na.png{mark}x\nb.png{mark}y\n"))
    assert table.classes == ("x", "y")
    assert "not commas" in table.notes[0]


def test_byte_order_mark_carriage_returns_and_quotes(write):
    table = read_csv_list(write('\ufeffpath,label\r\na.png,"x, y"\r\nb.png,"z\nw"\r\n'.encode()))
    assert table.frame["label_given"].to_list() == ["x, y", "z\nw"]


def test_numbers_as_labels_are_ordered_by_value(write):
    assert read_csv_list(write("path,label\na.png,10\nb.png,9\n")).classes == ("9", "10")


def test_without_labels_for_prediction(write):
    table = read_csv_list(write("path\na.png\nno.png\n"), min_classes=0)
    assert reasons(table) == [None, "missing file"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no rows"),
        ("path,label\n", "has no rows"),
        ("file,label\na.png,x\n", "no column 'path' or 'path_image'.*'file', 'label'"),
        ("path,class\na.png,x\n", "no column 'label'"),
        ("path,label\na.png,x\nb.png\n", "line 3: 1 cells, the header has 2"),
        ("path,label\na.png,x,z\n", "line 2: 3 cells"),
        ("path,label\n,x\n", "line 2: path is empty"),
        ("path,label,split\na.png,x,train\nb.png,y,holdout\n", "line 3: split is 'holdout'"),
        ("path,label,item\na.png,x,-1\n", "line 2: item is '-1'"),
        ("path,label,box\na.png,x,1 2 3\n", "line 2: box is '1 2 3'"),
        ("path,label,label\na.png,x,y\n", "several columns 'label'"),
        ("path,label,Label\na.png,x,y\n", "mean the same"),
        ("path,label\nu.png,x\nv.png,y\n", "line 2: none of its 2 files exists"),
        ("path,label\na.png,x\nb.png,x\n", "one class only, 'x'"),
        ("path,label\na.png,\nb.png,\n", "none of 2 images can be used; most often: no label"),
        (
            "path,label\na.png,x\nb.png,Eosinóphil\n".encode("latin-1"),
            "line 3 has byte 0xf3.*iconv",
        ),
        ("path,label\na.png,x\n".encode("utf-16"), "not UTF-8"),
        (b"path,label\na.png,x\0\n", "zero bytes"),
        ('path,label\na.png,"x\n', "line 2: unexpected end of data"),
    ],
)
def test_what_is_no_list_is_refused_with_its_line(write, text, said):
    with pytest.raises(InputError, match=said):
        read_csv_list(write(text))


def test_a_missing_list_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_csv_list(tmp_path / "none.csv")


def test_whole_fields_are_refused(tmp_path):
    for name in ("images/f1.jpg", "annotations/f1.xml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    path = tmp_path / "list.csv"
    path.write_text("path_image,label\nimages/f1.jpg,x\n")
    with pytest.raises(InputError, match=f"whole field.*give {tmp_path}, where their boxes lie"):
        read_csv_list(path)
