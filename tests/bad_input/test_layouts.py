"""Folders that hold no classes, one class, a class too small, or classes in the wrong place."""

import polars as pl
import pytest


def test_an_empty_folder(tmp_path, assert_refused):
    for command in ("import", "run"):
        assert_refused(command, tmp_path, saying=[str(tmp_path), "no image", "a folder per class"])


def test_a_folder_that_is_not_there(tmp_path, assert_refused):
    gone = tmp_path / "gone"
    assert_refused("import", gone, saying=[f"{gone} does not exist", "give a folder"])
    assert_refused("split", gone, saying=[f"{gone} does not exist", "buffycoat import"])
    assert_refused("train", gone, "--out", tmp_path / "r", saying=[f"{gone} does not exist"])
    assert_refused("evaluate", gone, saying=[f"{gone} does not exist", "give a run folder"])


def test_no_source_at_all(assert_refused):
    assert_refused("import", saying=["no source was given", "name a folder"])
    assert_refused("run", saying=["no source was given", "name a folder"])


def test_nothing_to_predict(trained, tmp_path, assert_refused):
    (tmp_path / "empty").mkdir()
    assert_refused("predict", trained, tmp_path / "empty", saying=["empty holds no image"])
    assert_refused("predict", trained, tmp_path / "x.png", saying=["x.png does not exist", "give"])
    assert_refused("predict", trained, tmp_path / "*.png", saying=["no file matches"])


def test_features_in_a_file_of_another_kind(trained, table, tmp_path, assert_refused):
    said = ["f.csv", "name a file that ends in .npy"]
    assert_refused("embed", trained, table, "--out", tmp_path / "f.csv", saying=said)


def test_one_class_only(classes, tmp_path, assert_refused):
    folder, out = classes("one", a=4), tmp_path / "s.parquet"
    assert_refused(
        "import", folder, "--out", out, saying=[str(folder), "one class only, 'a'", "two"]
    )
    assert_refused("run", folder, "--out", tmp_path / "r", saying=["one class only, 'a'"])
    assert not out.exists()
    assert not (tmp_path / "r").exists()


def test_a_class_of_which_nothing_can_be_read(classes, tmp_path, assert_refused, goes_on):
    folder = classes("half", a=4, b=4, c=4)
    for image in (folder / "c").iterdir():
        image.write_text("no image")
    answer = goes_on("import", folder, "--out", tmp_path / "s.parquet")
    assert "no image of class 'c' can be used" in answer.err
    assert "4 such as c/0.png: unreadable: not a JPEG" in answer.out
    for image in (folder / "b").iterdir():
        image.write_text("no image")
    said = ["one class only, 'a' (4 images)", "8 of 12 were left out", "b/0.png: unreadable"]
    assert_refused("import", folder, saying=[str(folder), *said])


def test_a_class_with_one_image_is_refused_by_split(classes, tmp_path, assert_refused, goes_on):
    folder, out = classes("rare", a=6, b=6, c=1), tmp_path / "s.parquet"
    answer = goes_on("import", folder, "--out", out)
    assert "class 'c' has one image" in answer.err
    said = ["class 'c' has 1 group (1 image)", "3 parts (train, validation, test)"]
    assert_refused(
        "split", out, "--out", out, saying=[*said, "--leave-out 'c'", "--rename 'c'=OTHER"]
    )
    goes_on("split", out, "--leave-out", "c", "--out", out)
    assert set(pl.read_parquet(out).filter(pl.col("label") == "c")["split"]) == {None}


def test_a_class_with_one_image_is_left_out_by_run(classes, tmp_path, goes_on):
    folder, run = classes("rare", a=6, b=6, c=1), tmp_path / "r"
    flags = ("--weights", "none", "--budget", "1s", "--out", run)
    assert "class 'c' is left out" in goes_on("run", folder, *flags).out
    frame = pl.read_parquet(run / "samples.parquet")
    left_out = frame.filter(pl.col("label") == "c")["excluded_because"]
    assert left_out.to_list() == ["class is left out of the split: c"]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"x__a": 2, "x__b": 2, "y__a": 2}, ["x is nested", "('a', 'b')", "give"]),
        ({".": 2, "a": 2, "b": 2}, ["is mixed", "2 images", "2 folders ('a', 'b')"]),
        ({".": 3}, ["3 images", "no folder", "a CSV with path,label", "--label-from"]),
        ({"train__a": 2, "train__b": 2, "c": 2}, ["is mixed", "('c')", "inside the splits"]),
        ({"a__train": 2, "b__train": 2}, ["a is nested", "splits go above the classes"]),
        ({"train": 2, "test": 2}, ["holds 2 images", "a folder per class"]),
        ({"a": 0, "b": 0}, ["without any image", "a folder per class"]),
    ],
)
def test_a_nested_or_mixed_layout_says_what_lies_where(counts, said, classes, assert_refused):
    assert_refused("import", classes("wrong", **counts), saying=said)


def test_a_file_that_is_no_source(tmp_path, assert_refused):
    sheet = tmp_path / "labels.xlsx"
    sheet.write_bytes(b"PK")
    assert_refused("import", sheet, saying=["labels.xlsx is no source", "a CSV with path,label"])


def test_a_table_that_was_not_split(classes, tmp_path, small, assert_refused, goes_on):
    table = tmp_path / "s.parquet"
    goes_on("import", classes("two", a=6, b=6), "--out", table)
    flags = (*small, "--out", tmp_path / "r")
    assert_refused("train", table, *flags, saying=["no train rows", "buffycoat split"])
    assert not (tmp_path / "r").exists()


def test_a_folder_that_was_moved_after_the_import(
    classes, tmp_path, small, assert_refused, goes_on
):
    folder, table = classes("moved", a=9, b=9), tmp_path / "s.parquet"
    goes_on("import", folder, "--out", table)
    goes_on("split", table, "--out", table)
    folder.rename(tmp_path / "elsewhere")
    flags = (*small, "--out", tmp_path / "r")
    assert_refused("train", table, *flags, saying=["no train image", str(folder), "import again"])
    assert not (tmp_path / "r").exists()
