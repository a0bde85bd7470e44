"""Folders of images: classes, splits, other layouts, and images without labels."""

from __future__ import annotations

import os
import sys

import polars as pl
import pytest

from buffycoat.errors import BuffycoatWarning, InputError
from buffycoat.sources.folder import list_images, read_folder


def touch(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def test_a_folder_per_class(tmp_path):
    touch(tmp_path, "b/1.PNG", "b/2.jpg", "a/1.tif", "a/.DS_Store", "a/.hidden.jpg", "b/notes.txt")
    table = read_folder(tmp_path)
    assert table.frame["path"].to_list() == ["a/1.tif", "b/1.PNG", "b/2.jpg"]
    assert table.frame["label"].to_list() == ["a", "b", "b"]
    assert (table.classes, table.root, table.group_columns) == (("a", "b"), tmp_path, ())
    assert table.frame["source"].unique().to_list() == [tmp_path.name]
    assert any("3 files" in note and "'notes.txt'" in note for note in table.notes)
    for name in ("a/.DS_Store", "a/.hidden.jpg"):
        (tmp_path / name).unlink()
    assert "1 file ('notes.txt') that is no image was left out" in read_folder(tmp_path).notes


def test_numbered_classes_come_in_the_order_of_their_numbers(tmp_path):
    touch(tmp_path, "10/a.png", "9/a.png", "x/a.png")
    assert read_folder(tmp_path).classes == ("9", "10", "x")


def test_splits_above_the_classes_are_taken_with_a_warning(tmp_path):
    touch(tmp_path, "TRAIN/a/1.png", "TRAIN/b/1.png", "val/a/1.png", "Test/b/1.png")
    touch(tmp_path, "TEST_SIMPLE/b/1.png")
    with pytest.warns(BuffycoatWarning, match="share source photographs with train"):
        table = read_folder(tmp_path)
    splits = dict(zip(table.frame["path"], table.frame["split"], strict=True))
    assert splits["TRAIN/a/1.png"] == "train"
    assert splits["val/a/1.png"] == "validation"
    assert splits["Test/b/1.png"] == "test"
    assert len(splits) == 4
    assert any("TEST_SIMPLE lies beside the splits" in note for note in table.notes)


def test_class_names_that_differ_in_case_between_splits_are_one(tmp_path):
    touch(tmp_path, "train/Mono/1.png", "train/Mono/2.png", "train/b/1.png", "test/mono/1.png")
    with pytest.warns(BuffycoatWarning):
        table = read_folder(tmp_path)
    assert table.classes == ("Mono", "b")
    assert set(table.frame["label_given"]) == {"Mono", "mono", "b"}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "holds no image, and nothing else"),
        (["a.txt"], "holds no image, but 1 other file"),
        (["a.jpg", "b.jpg"], "2 images .* and no folder"),
        (["a/1.jpg"], "one class only, 'a'"),
        (["a/1.jpg", "b/1.jpg", "c.jpg"], "is mixed: 1 image .* beside 2 folders"),
        (["a/x/1.jpg", "b/1.jpg"], "a is nested"),
        (["a/x/1.jpg", "a/1.jpg", "b/1.jpg"], "lies beside them"),
        (["a/train/1.jpg", "b/train/1.jpg"], "splits go above the classes"),
        (["d/a/1.jpg", "d/b/1.jpg"], "if those are the classes, give .*d"),
        (["a/1.txt", "b/1.txt"], "2 folders .* without any image"),
        (["train/a/1.jpg", "b/1.jpg"], "put every class inside the splits"),
        (["val/a/1.jpg", "valid/b/1.jpg"], "2 folders .* for validation"),
        (["train/1.jpg"], "train holds 1 image .* and no folder"),
        (["images/1.jpg", "labels.csv"], "whole fields"),
        (["images/1.jpg", "annotations/1.xml"], "Pascal VOC"),
    ],
)
def test_other_layouts_are_refused_with_what_was_found(tmp_path, names, said):
    touch(tmp_path, *names)
    with pytest.raises(InputError, match=said):
        read_folder(tmp_path)


def test_fields_beside_their_annotations_are_refused(tmp_path):
    touch(tmp_path, "images/1.jpg", "annotations/1.xml")
    with pytest.raises(InputError, match=f"whole fields.* give {tmp_path}"):
        read_folder(tmp_path / "images")


def test_a_missing_folder_and_a_file_are_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_folder(tmp_path / "none")
    with pytest.raises(InputError, match="Not a directory"):
        read_folder(touch(tmp_path, "a.jpg") / "a.jpg")


def test_names_are_data_whatever_they_hold(tmp_path):
    odd = "<script>alert(1)</script>".replace("/", "")
    touch(tmp_path, f"{odd}/a\nb.png", "normal/..x.png", "normal/é ü.png")
    table = read_folder(tmp_path)
    assert odd in table.classes
    assert f"{odd}/a\nb.png" in table.frame["path"]


def test_a_folder_named_with_spaces_alone_is_no_class(tmp_path):
    touch(tmp_path, " /1.png", "a/1.png", "b/1.png")
    table = read_folder(tmp_path)
    assert table.classes == ("a", "b")
    assert table.frame["label_given"].to_list() == [" ", "a", "b"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_a_name_that_is_no_text_is_refused(tmp_path):
    touch(tmp_path, "a/1.png", "b/1.png")
    (tmp_path / "a" / os.fsdecode(b"\xff.png")).touch()
    with pytest.raises(InputError, match="not valid UTF-8"):
        read_folder(tmp_path)


def test_images_without_labels_from_files_folders_and_patterns(tmp_path, monkeypatch):
    touch(tmp_path, "x/deep/2.png", "x/1.png", "x/n.txt", "y/10.jpg", "y/11.jpg", "y/odd.dat")
    touch(tmp_path, "x/.cache/9.png")
    monkeypatch.chdir(tmp_path)
    table = list_images(["y/odd.dat", "y/1*.jpg", "x", tmp_path / "y" / "10.jpg", "x/../x/1.png"])
    assert table.frame["path"].to_list() == [
        "y/odd.dat",
        "y/10.jpg",
        "y/11.jpg",
        "x/1.png",
        "x/deep/2.png",
    ]
    assert table.root == tmp_path
    assert table.frame["label"].null_count() == 5
    assert table.classes == ()


def test_one_image_is_relative_to_its_folder(tmp_path):
    touch(tmp_path, "a/x.png")
    table = list_images([tmp_path / "a" / "x.png"])
    assert (table.root, table.frame["path"].item()) == (tmp_path / "a", "x.png")


@pytest.mark.parametrize(
    ("given", "said"),
    [("no.png", "does not exist"), ("*.bmp", "no file matches"), ("empty", "holds no image")],
)
def test_what_is_not_there_to_predict_is_refused(tmp_path, monkeypatch, given, said):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=said):
        list_images([given])
    with pytest.raises(InputError, match="no image was given"):
        list_images([])


def test_rows_are_in_the_types_of_the_schema(tmp_path):
    touch(tmp_path, "a/1.png", "b/1.png")
    schema = read_folder(tmp_path).frame.schema
    assert schema["box"] == pl.List(pl.Int64)
    assert schema["split"] == pl.String
