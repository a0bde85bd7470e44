"""Pascal VOC: boxes as samples, cell types from a list, ambiguous fields, unsafe annotations."""

from __future__ import annotations

import pytest

from buffycoat.errors import InputError, SettingError
from buffycoat.sources.voc import read_voc
from buffycoat.sources.voc_fields import square_around


def annotation(filename, *boxes, size=(640, 480), head=""):
    objects = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{b[0]}</xmin><ymin>{b[1]}</ymin>"
        f"<xmax>{b[2]}</xmax><ymax>{b[3]}</ymax></bndbox></object>"
        for name, *b in boxes
    )
    return (
        f"{head}<annotation><filename>{filename}</filename><size><width>{size[0]}</width>"
        f"<height>{size[1]}</height></size>{objects}</annotation>"
    )


@pytest.fixture
def add(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "annotations").mkdir()

    def added(number, *boxes, filename=None, **rest):
        stem = f"F_{number:03}"
        (tmp_path / "images" / f"{stem}.jpg").touch()
        text = annotation(filename or f"{stem}.jpg", *boxes, **rest)
        (tmp_path / "annotations" / f"{stem}.xml").write_text(text)
        return tmp_path

    return added


WBC, RBC = ("WBC", 101, 101, 200, 180), ("RBC", 300, 300, 340, 340)


def test_every_box_is_a_sample_with_its_field(add):
    add(1, WBC, RBC)
    table = read_voc(add(2, RBC), margin=0)
    assert table.frame["label"].to_list() == ["WBC", "RBC", "RBC"]
    assert table.frame["field"].to_list() == ["F_001", "F_001", "F_002"]
    assert table.group_columns == ("field",)
    assert table.frame["sample_id"][1] == "images/F_001.jpg#2"
    left, top, right, bottom = table.frame["box"][0]
    assert (right - left, bottom - top) == (100, 100)
    assert (left, right) == (100, 200)


def test_squares_with_a_margin_stay_in_the_field():
    assert square_around((100, 100, 200, 150), (640, 480), 0.5) == (50, 25, 250, 225)
    assert square_around((0, 0, 100, 100), (640, 480), 0.1) == (0, 0, 120, 120)
    assert square_around((600, 400, 640, 480), (640, 480), 0) == (560, 400, 640, 480)
    assert square_around((0, 0, 600, 400), (640, 480), 0.1) == (0, 0, 640, 480)
    assert square_around((10, 10, 20, 20), (0, 0), 0.1) == (9, 9, 21, 21)


def test_cell_types_come_from_the_list(add, tmp_path):
    two = ("WBC", 400, 100, 460, 160)
    add(1, WBC, RBC)
    add(2, WBC)
    add(3, WBC)
    add(4, WBC, two)
    add(5, WBC)
    add(6, RBC)
    add(7, WBC)
    (tmp_path / "images" / "F_008.jpg").touch()
    (tmp_path / "labels.csv").write_text(
        ',Image,Category\n,1,NEUTROPHIL\n,2,EOSINOPHIL\n,3,"NEUTROPHIL, BASOPHIL"\n'
        ",4,MONOCYTE\n,5,\n,6,LYMPHOCYTE\n,8,MONOCYTE\n,9,MONOCYTE\n"
    )
    table = read_voc(tmp_path)
    assert table.classes == ("EOSINOPHIL", "NEUTROPHIL")
    assert table.usable["sample_id"].to_list() == ["images/F_001.jpg#1", "images/F_002.jpg#1"]
    reasons = dict(table.frame.select("sample_id", "excluded_because").iter_rows())
    assert "'RBC' is not among those taken: WBC" in reasons["images/F_001.jpg#2"]
    several = "several types in one field (labels.csv, line 4): NEUTROPHIL, BASOPHIL"
    assert reasons["images/F_003.jpg#1"] == several
    assert reasons["images/F_004.jpg#2"] == "2 boxes 'WBC' share the one label of the field"
    assert reasons["images/F_005.jpg#1"] == "no type (labels.csv, line 6)"
    assert "no box 'WBC' in this field" in reasons["images/F_006.jpg#field"]
    assert reasons["images/F_007.jpg#1"] == "no label for this field"
    assert "no annotation" in reasons["images/F_008.jpg#field"]
    assert reasons["images/9#field"] == "no image of field '9' (labels.csv, line 9)"
    kept = read_voc(tmp_path, keep=("WBC", "RBC"))
    assert dict(kept.usable["label"].value_counts().iter_rows())["RBC"] == 2


def test_a_list_elsewhere_and_a_field_named_twice(add, tmp_path):
    add(1, WBC)
    root = add(2, WBC)
    other = tmp_path / "types.csv"
    other.write_text("image,label\nF_001.jpg,a\nF_002,b\n")
    assert read_voc(root, labels=other).classes == ("a", "b")
    other.write_text("image,label\n1,a\nF_001,b\n")
    with pytest.raises(InputError, match=r"line 3: 'F_001' stands at types.csv, line 2 too"):
        read_voc(root, labels=other)


def test_missing_images_and_empty_boxes_keep_their_rows(add, tmp_path):
    add(1, WBC, ("RBC", 50, 50, 50, 50))
    add(2, RBC)
    (tmp_path / "images" / "F_002.jpg").unlink()
    (tmp_path / "images" / "F_003.jpg").touch()
    table = read_voc(tmp_path, min_classes=1)
    assert table.frame["excluded_because"].to_list()[:3] == [
        None,
        "the box is empty",
        "missing file",
    ]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\\b.jpg", "x/y.jpg", ".."])
def test_images_outside_the_folder_are_refused(add, name):
    with pytest.raises(InputError, match="must be a file's name alone"):
        read_voc(add(1, WBC, filename=name))


def test_document_types_are_refused_before_they_are_parsed(add):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    with pytest.raises(InputError, match="declares a document type"):
        read_voc(add(1, ("&b;", 1, 1, 9, 9), head=bomb))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<annotation>",
        b"\xff\xfe<\0a\0/\0>\0",
        b"<a><object><name>x</name></object></a>",
        annotation("f.jpg", ("x", 1, 2, "nan", 9)).encode(),
        annotation("f.jpg", ("x", 1, 2, "inf", 9)).encode(),
    ],
)
def test_damaged_annotations_are_named(add, text):
    root = add(1, WBC)
    (root / "annotations" / "F_001.xml").write_bytes(text)
    with pytest.raises(InputError, match=r"F_001.xml is no readable Pascal VOC"):
        read_voc(root)


def test_what_is_missing_is_said(add, tmp_path):
    root = add(1, WBC)
    with pytest.raises(SettingError, match=r"no box is called 'PLT'; there are 'WBC' \(1\)"):
        read_voc(root, keep=("PLT",))
    with pytest.raises(SettingError, match="margin is -1"):
        read_voc(root, margin=-1)
    with pytest.raises(InputError, match="one class only, 'WBC'"):
        read_voc(root)
    (root / "annotations" / "F_001.xml").write_text(annotation("F_001.jpg"))
    with pytest.raises(InputError, match="none of its 1 annotations holds a box"):
        read_voc(root)
    (root / "annotations" / "F_001.xml").unlink()
    with pytest.raises(InputError, match="holds no XML file"):
        read_voc(root)
    (root / "annotations").rmdir()
    with pytest.raises(InputError, match="whole fields without boxes"):
        read_voc(root)
