"""`buffycoat export-samples` and back through `buffycoat import`, on the command line."""

import hashlib
import json
import threading
import time
import zipfile

import numpy as np
import polars as pl
import pytest
from PIL import Image

import buffycoat.exports.files
from buffycoat.cli import main
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.read import read_image
from buffycoat.tables.samples import SampleTable, check_samples, read_samples, write_samples

SAME = ("pixels_sha256", "label", "split")


def call(*arguments, code=0):
    assert main([str(a) for a in arguments]) == code


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("exporting")


@pytest.fixture(scope="module")
def table(cells, place):
    """150 cells, split, with slides, one class of odd name and one row excluded."""
    call(
        "import",
        cells,
        "--slide-from",
        r"slide(\d+)",
        "--rename",
        "platelet=a/b: c",
        "--out",
        place / "s.parquet",
    )
    call("split", place / "s.parquet", "--folds", "2", "--out", place / "split.parquet")
    split = read_samples(place / "split.parquet")
    reason = pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("=blurred")).alias("excluded_because")
    write_samples(split.stepped("x", split.frame.with_columns(reason)), place / "split.parquet")
    return place / "split.parquet"


@pytest.fixture(scope="module")
def parts(place):
    """Rows of an npz, pages of a TIFF, boxes in a field, one whole file; two of one name."""
    home = place / "parts"
    (home / "a").mkdir(parents=True)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (4, 20, 20, 3), dtype=np.uint8)
    np.savez(home / "x.npz", images=images)
    pages = [Image.fromarray(image) for image in images[::-1]]
    pages[0].save(home / "p.tif", save_all=True, append_images=pages[1:])
    Image.fromarray(random.integers(0, 256, (60, 60, 3), dtype=np.uint8)).save(home / "f.png")
    for name in ("=w.png", "a/=W.png"):
        Image.fromarray(random.integers(0, 256, (20, 20, 3), dtype=np.uint8)).save(home / name)
    rows = [
        ("x.npz/images", 2, None),
        ("x.npz/images", 0, None),
        ("p.tif", 1, None),
        ("f.png", None, [5, 5, 25, 25]),
        ("f.png", None, [30, 30, 50, 50]),
        ("=w.png", None, None),
        ("a/=W.png", None, None),
    ]
    lines = [
        f"{p},{'' if i is None else i},{' '.join(map(str, b or []))},{'kl'[n % 2]}"
        for n, (p, i, b) in enumerate(rows)
    ]
    (home / "list.csv").write_text("path,item,box,label\n" + "\n".join(lines) + "\n")
    call("import", home / "list.csv", "--out", place / "parts.parquet")
    return place / "parts.parquet"


def facts(table, columns=SAME):
    return sorted(table.usable.select(columns).rows(), key=str)


def imported(given, place, *more):
    call("import", given, "--out", place / "again.parquet", *more)
    return read_samples(place / "again.parquet")


BACK = ["--rename", "a_b_ c=a/b: c"]


def test_folders_and_back(table, tmp_path, capsys):
    call("export-samples", table, "--out", tmp_path / "out")
    said = capsys.readouterr().out
    assert "149 images of 3 classes" in said
    assert "1 images are left out" in said
    assert facts(imported(tmp_path / "out", tmp_path, *BACK)) == facts(read_samples(table))
    left = pl.read_csv(tmp_path / "out" / "left_out.csv")
    assert left["excluded_because"].to_list() == ["'=blurred"]
    classes = pl.read_csv(tmp_path / "out" / "classes.csv")
    assert classes["id"].to_list() == [0, 1, 2]
    assert dict(classes.select("name", "folder").iter_rows())["a/b: c"] == "a_b_ c"


def test_folders_hold_the_bytes_of_the_files(table, tmp_path):
    call("export-samples", table, "--out", tmp_path / "out", "--by", "fold")
    files = sorted((tmp_path / "out").rglob("*.png"))
    assert {f.parts[-3] for f in files} == {"fold-0", "fold-1"}
    found = sorted(hashlib.sha256(f.read_bytes()).hexdigest() for f in files)
    assert found == sorted(read_samples(table).usable["file_sha256"])


def test_the_list_of_any_format_keeps_origins_too(table, tmp_path):
    columns = (*SAME, "slide")
    for kind in ("folders", "csv", "npz"):
        call("export-samples", table, "--format", kind, "--out", tmp_path / kind)
        again = imported(tmp_path / kind / "samples.csv", tmp_path)
        assert facts(again, columns) == facts(read_samples(table), columns)
        assert again.usable["group"].n_unique() == read_samples(table).usable["group"].n_unique()


def test_absolute_paths_are_so(table, tmp_path):
    call("export-samples", table, "--format", "csv", "--paths", "absolute", "--out", tmp_path / "o")
    paths = pl.read_csv(tmp_path / "o" / "samples.csv")["path"]
    assert paths.str.starts_with("/").all()
    assert facts(imported(tmp_path / "o" / "samples.csv", tmp_path)) == facts(read_samples(table))


def test_medmnist_and_back(table, tmp_path):
    call("export-samples", table, "--format", "npz", "--out", tmp_path / "out")
    with np.load(tmp_path / "out" / "samples.npz", allow_pickle=False) as arrays:
        kinds = {
            f"{split}_{kind}" for split in ("train", "val", "test") for kind in ("images", "labels")
        }
        assert set(arrays) == {*kinds, "class_names"}
        assert arrays["val_labels"].dtype == np.uint8
        assert arrays["val_labels"].shape == (len(arrays["val_images"]), 1)
    assert facts(imported(tmp_path / "out" / "samples.npz", tmp_path)) == facts(read_samples(table))


def test_competition_images_are_what_a_training_sees(table, tmp_path):
    how = ["--format", "npz", "--layout", "competition", "--image-px", "24", "20", "--fit", "crop"]
    call("export-samples", table, *how, "--out", tmp_path / "out")
    samples = read_samples(table)
    with np.load(tmp_path / "out" / "samples.npz") as arrays:
        assert arrays["images"].shape == (149, 24, 20, 3)
        row = samples.usable.row(17, named=True)
        expected = fit_image(
            read_image(samples.root / row["path"]), ImageSettings((24, 20), "crop")
        )
        assert np.array_equal(arrays["images"][17], expected)
        assert arrays["class_names"][arrays["labels"][17, 0]] == row["label"]
    listed = pl.read_csv(tmp_path / "out" / "samples.csv")
    assert listed["item"].to_list() == list(range(149))
    assert set(listed["width_px"]) == {20}


def test_the_same_bytes_come_twice(table, tmp_path):
    for kind in ("folders", "npz"):
        found = []
        for name in ("a", "b"):
            call("export-samples", table, "--format", kind, "--out", tmp_path / kind / name)
            files = sorted(f for f in (tmp_path / kind / name).rglob("*") if f.is_file())
            found.append([(f.relative_to(tmp_path / kind / name), f.read_bytes()) for f in files])
        assert found[0] == found[1]


@pytest.mark.parametrize("kind", ["folders", "csv", "npz"])
def test_parts_of_files_are_exported_without_loss(parts, tmp_path, kind):
    call("export-samples", parts, "--format", kind, "--out", tmp_path / "out")
    before = read_samples(parts)
    again = imported(tmp_path / "out" / "samples.csv", tmp_path)
    assert len(again.usable) == len(before.usable) == 7
    assert facts(again, ("pixels_sha256", "label")) == facts(before, ("pixels_sha256", "label"))


def test_names_alike_on_some_system_are_kept_apart(parts, tmp_path):
    call("export-samples", parts, "--out", tmp_path / "out")
    names = [p.name.casefold() for p in (tmp_path / "out" / "l").iterdir()]
    assert len(set(names)) == len(names)
    first = (tmp_path / "out" / "samples.csv").read_text().splitlines()[1]
    assert not first.startswith(tuple("=+-@"))


def test_numbers_of_the_source_are_kept(tmp_path, cells):
    paths = [p.relative_to(cells).as_posix() for p in sorted(cells.rglob("*.png"))[:4]]
    frame = pl.DataFrame(
        {
            "sample_id": paths,
            "path": paths,
            "label": ["x", "y", "x", "y"],
            "width_px": [32] * 4,
            "height_px": [32] * 4,
        }
    )
    table = SampleTable(frame, cells, ("x", "y"), {"x": 5, "y": 300})
    write_samples(check_samples(table), tmp_path / "t.parquet")
    call("export-samples", tmp_path / "t.parquet", "--format", "npz", "--out", tmp_path / "out")
    with np.load(tmp_path / "out" / "samples.npz") as arrays:
        assert arrays["labels"].tolist() == [[5], [300], [5], [300]]
        assert set(arrays) == {"images", "labels"}
    listed = pl.read_csv(tmp_path / "out" / "classes.csv")
    assert listed.rows() == [(5, "x", 2), (300, "y", 2)]


def test_an_image_that_changed_or_leads_away_stops_it_and_leaves_nothing(table, tmp_path, capsys):
    samples = read_samples(table)
    first = samples.usable["sample_id"][0]
    for column, value, said in (
        ("pixels_sha256", "0" * 64, "has other pixels than when it was imported"),
        ("path", "../../secret.png", "leads out of the root folder"),
        ("path", "gone.png", "the file is missing"),
    ):
        frame = samples.frame.with_columns(
            pl.when(pl.col("sample_id") == first)
            .then(pl.lit(value))
            .otherwise(column)
            .alias(column)
        )
        write_samples(samples.stepped("x", frame), tmp_path / "t.parquet")
        for kind in ("folders", "csv", "npz"):
            call(
                "export-samples",
                tmp_path / "t.parquet",
                "--format",
                kind,
                "--out",
                tmp_path / "out",
                code=2,
            )
            assert said in capsys.readouterr().err
            assert [p.name for p in tmp_path.iterdir()] == ["t.parquet"]


def test_a_class_that_is_a_formula_is_guarded_and_said(table, tmp_path, capsys):
    samples = read_samples(table)
    frame = samples.frame.with_columns(pl.col("label").replace("a/b: c", "=1+1"))
    classes = tuple("=1+1" if name == "a/b: c" else name for name in samples.classes)
    given = SampleTable(frame, samples.root, classes)
    write_samples(given, tmp_path / "t.parquet")
    call("export-samples", tmp_path / "t.parquet", "--out", tmp_path / "out")
    assert "begin like a formula" in capsys.readouterr().out
    for name in ("samples.csv", "classes.csv"):
        assert ",=1+1" not in (tmp_path / "out" / name).read_text()
        assert ",'=1+1," in (tmp_path / "out" / name).read_text()


def test_an_interrupt_leaves_nothing(table, tmp_path, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(buffycoat.exports.formats, "write_files", interrupted)
    call("export-samples", table, "--out", tmp_path / "out", code=130)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--layout", "medmnist"], "--layout is for --format npz, and the format is folders"),
        (["--format", "csv", "--image-px", "8", "8"], "--image-px is for --format npz"),
        (["--format", "npz", "--by", "fold"], "--by is for --format folders"),
        (["--paths", "absolute"], "--paths is for --format csv"),
        (["--format", "npz", "--fit", "pad"], "give --image-px too"),
        (["--format", "npz", "--image-px", "2", "2"], "from 8 to 4096"),
    ],
)
def test_flags_that_would_do_nothing_are_refused(table, tmp_path, capsys, flags, said):
    call("export-samples", table, *flags, "--out", tmp_path / "out", code=2)
    assert said in capsys.readouterr().err


def test_sizes_that_differ_and_a_missing_split_are_said(parts, table, tmp_path, capsys, cells):
    samples = read_samples(table)
    wide = samples.frame.with_columns(
        width_px=pl.when(pl.int_range(pl.len()) == 5).then(40).otherwise("width_px")
    )
    write_samples(samples.stepped("x", wide), tmp_path / "t.parquet")
    call(
        "export-samples", tmp_path / "t.parquet", "--format", "npz", "--out", tmp_path / "o", code=2
    )
    assert "2 sizes, such as 32 x 32 and 40 x 32" in capsys.readouterr().err
    call("export-samples", parts, "--by", "split", "--out", tmp_path / "o", code=2)
    assert "no usable image of the table has a split" in capsys.readouterr().err


def test_overwrite_replaces_an_export_and_nothing_else(table, tmp_path, capsys):
    call("export-samples", table, "--out", tmp_path / "out")
    call("export-samples", table, "--out", tmp_path / "out", code=2)
    assert "holds an export already" in capsys.readouterr().err
    call("export-samples", table, "--format", "csv", "--out", tmp_path / "out", "--overwrite")
    assert json.loads((tmp_path / "out" / "export.json").read_text())["format"] == "csv"
    assert not (tmp_path / "out" / "train").exists()


def test_arrays_are_written_row_by_row(table, tmp_path, monkeypatch):
    """No more than a few images wait at a time, however many there are."""
    waiting, most, lock = 0, 0, threading.Lock()
    read, write = buffycoat.exports.arrays.read_checked, zipfile._ZipWriteFile.write

    def counted(*given):
        nonlocal waiting, most
        with lock:
            waiting += 1
            most = max(most, waiting)
        return read(*given)

    def written(self, data):
        nonlocal waiting
        if getattr(data, "nbytes", 0) == 32 * 32 * 3:
            time.sleep(0.002)
            with lock:
                waiting -= 1
        return write(self, data)

    monkeypatch.setattr(buffycoat.exports.arrays, "read_checked", counted)
    monkeypatch.setattr(zipfile._ZipWriteFile, "write", written)
    call("export-samples", table, "--format", "npz", "--out", tmp_path / "out")
    assert waiting == 0
    assert most < 40
