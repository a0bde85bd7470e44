"""CSV lists: missing files, columns, repeats, delimiters, encodings, spaces and case."""

import shutil

import polars as pl
import pytest
from PIL import Image

ROWS = "".join(f"{i}.png,{'ab'[i % 2]}\n" for i in range(6))


@pytest.fixture
def place(tmp_path, pixels):
    """A folder with eight images."""
    for i in range(8):
        Image.fromarray(pixels(i)).save(tmp_path / f"{i}.png")
    return tmp_path


@pytest.fixture
def listed(place):
    """Write a CSV beside the images."""

    def listed(text, encoding="utf-8"):
        (place / "list.csv").write_bytes(text.encode(encoding))
        return place / "list.csv"

    return listed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["has no rows", "a header like path,label"]),
        ("path,label\n", ["has no rows", "a header like path,label"]),
        ("file,label\n" + ROWS, ["no column 'path'", "'file', 'label'", "rename"]),
        ("path,class\n" + ROWS, ["no column 'label'", "'path', 'class'", "rename"]),
        (ROWS, ["no column 'path'", "its first line names the columns"]),
        ("path:label\n" + ROWS.replace(",", ":"), ["'path:label'", "separate them with commas"]),
        ("path,label\n" + ROWS.replace(",", ";"), ["line 2: 1 cells", "separate all lines"]),
        ("path,label\n" + ROWS + "6.png,a,b\n", ["line 8: 3 cells", "double quotes"]),
        ("path,label\n" + ROWS + '6.png,"a\n', ["line 8", "close every double quote"]),
        ("path,label,label\n1.png,a,b\n", ["several columns 'label'", "its own name"]),
        ("path,label\nx.png,a\ny.png,b\n", ["line 2", "none of its 2 files", "relative"]),
        ("path,label\n" + ROWS + ",a\n", ["line 8: path is empty"]),
        ("path,label\n" + ROWS + "\0,a\n", ["zero bytes", "CSV UTF-8"]),
        ("path,label\n0.png,a\n1.png,a\n", ["one class only, 'a'", "two classes"]),
        ("path,label,split\n0.png,a,tset\n", ["line 2: split is 'tset'", "train, validation"]),
        ("path,label,item\n0.png,a,-1\n", ["line 2: item is '-1'", "a whole number from 0"]),
        ("path,label,box\n0.png,a,1 2 3\n", ["line 2: box is '1 2 3'", "'10 20 90 100'"]),
    ],
)
def test_a_list_that_cannot_be_read(text, said, listed, assert_refused):
    assert_refused("import", listed(text), saying=["list.csv", *said])


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("latin-1", ["line 8 has byte 0xfc", "iconv -f WINDOWS-1252 -t UTF-8 list.csv"]),
        ("utf-16", ["line 1 has byte 0xff", "iconv -f UTF-16 -t UTF-8 list.csv"]),
    ],
)
def test_another_encoding(encoding, said, listed, assert_refused):
    path = listed("path,label\n" + ROWS + "6.png,zürich\n", encoding)
    assert_refused("import", path, saying=["list.csv is not UTF-8", *said])


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_wrong_delimiter_is_understood_and_said(separator, listed, place, goes_on):
    path = listed(("path,label\n" + ROWS).replace(",", separator))
    answer = goes_on("import", path, "--out", place / "s.parquet")
    assert "not commas; it was read so" in answer.out
    assert pl.read_parquet(place / "s.parquet")["label"].to_list() == ["a", "b"] * 3


def test_rows_that_cannot_be_used_stay_with_their_reason(listed, place, goes_on, reasons):
    bad = "gone.png,a\n0.png,a\n6.png,\n.,b\n" + "a" * 300 + ".png,a\n"
    answer = goes_on("import", listed("path,label\n" + ROWS + bad), "--out", place / "s.parquet")
    found = reasons(place / "s.parquet")
    assert list(found.values())[:6] == [None] * 6
    assert list(found.values())[6:] == [
        "missing file",
        "repeats line 2",
        "no label",
        "unreadable: is a folder",
        "missing file",
    ]
    assert "2 such as gone.png: missing file" in answer.out
    assert "the first on line 8" in answer.out


def test_one_image_with_two_labels(listed, place, goes_on, reasons):
    path = listed("path,label\n" + ROWS + "0.png,b\n")
    goes_on("import", path, "--out", place / "s.parquet")
    why = "line 2 and line 8 give one image different labels: a, b"
    assert [r for r in reasons(place / "s.parquet").values() if r] == [why, why]


def test_conflicting_labels_on_identical_pixels(listed, place, goes_on, reasons):
    shutil.copy(place / "0.png", place / "7.png")
    Image.open(place / "1.png").save(place / "6.bmp")
    path = listed("path,label\n" + ROWS + "7.png,b\n6.bmp,b\n")
    answer = goes_on("import", path, "--out", place / "s.parquet")
    found = {name: why for name, why in reasons(place / "s.parquet").items() if why}
    said = "identical pixels carry another label: "
    assert found == {"0.png": said + "7.png (b)", "7.png": said + "0.png (a)"}
    assert "1 set of identical images (2 images" in answer.out
    assert "different labels; all of them are excluded" in answer.out
    goes_on("split", place / "s.parquet", "--test", 0, "--out", place / "s.parquet")
    frame = pl.read_parquet(place / "s.parquet")
    assert set(frame.filter(pl.col("excluded_because").is_not_null())["split"]) == {None}
    same = frame.filter(pl.col("sample_id").is_in(["1.png", "6.bmp"]))
    assert same["split"].n_unique() == 1


def test_labels_with_stray_spaces_or_case_are_one_class(listed, place, goes_on):
    rows = "0.png, mast\n1.png,Mast \n2.png,mast\n3.png, B\n4.png,b\n5.png,b\n"
    answer = goes_on("import", listed("path,label\n" + rows), "--out", place / "s.parquet")
    frame = pl.read_parquet(place / "s.parquet")
    assert frame["label"].to_list() == ["mast"] * 3 + ["b"] * 3
    assert frame["label_given"].to_list()[:2] == [" mast", "Mast "]
    assert "labels that differ in spaces or case are one class: ' B', 'b'" in answer.out


def test_unknown_columns_are_kept_and_never_shadow_our_own(listed, place, goes_on):
    rows = ROWS.replace("\n", ",blue,ours,mine\n")
    path = listed("path,label,stain,excluded_because,sample_id\n" + rows)
    goes_on("import", path, "--out", place / "s.parquet")
    frame = pl.read_parquet(place / "s.parquet")
    assert set(frame["stain"]) == {"blue"}
    assert set(frame["excluded_because_given"]) == {"ours"}
    assert frame["excluded_because"].null_count() == len(frame) == 6


def test_what_stands_outside_the_folder_is_read_as_an_image_or_not_at_all(
    listed, place, goes_on, reasons
):
    (place / "secret.txt").write_text("a secret")
    (place / "inner").mkdir()
    for i in range(6):
        shutil.copy(place / f"{i}.png", place / "inner")
    text = "path,label\n" + ROWS + "../secret.txt,a\n/dev/zero,b\n"
    path = listed(text).rename(place / "inner" / "list.csv")
    goes_on("import", path, "--out", place / "s.parquet")
    found = [why for why in reasons(place / "s.parquet").values() if why]
    assert found[0].startswith("unreadable: not a JPEG")
    assert found[1] == "unreadable: the file is missing"


def test_metadata_that_is_not_there_or_fits_nothing(cells, listed, tmp_path, assert_refused):
    gone = tmp_path / "gone.csv"
    assert_refused(
        "import", cells, "--metadata", gone, saying=["gone.csv cannot be read", "give a CSV"]
    )
    path = listed("name,patient\nx.png,1\n")
    said = ["list.csv", "none of its 1 rows names an image", "for example 'slide"]
    assert_refused("import", cells, "--metadata", path, saying=said)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--slide-from", "slide("), ["'slide('", "no regular expression", "'([^/]+)_[0-9]+'"]),
        (("--slide-from", "zzz"), ["'zzz' matches no path", "for example 'lymphocyte/"]),
        (("--rename", "lymphocyte"), ["'lymphocyte' is not written OLD=NEW"]),
        (("--rename", "x=y"), ["no label is 'x'", "'neutrophil'"]),
    ],
)
def test_patterns_and_names_that_fit_nothing(flags, said, cells, assert_refused):
    assert_refused("import", cells, *flags, saying=said)
