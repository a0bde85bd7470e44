"""`buffycoat export-samples` and back through `buffycoat import`, on the command line."""

import hashlib
import threading
import time
import zipfile

import numpy as np
import polars as pl
import pytest

import buffycoat.exports.files
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.read import read_image
from buffycoat.tables.samples import SampleTable, check_samples, read_samples, write_samples

SAME = ("pixels_sha256", "label", "split")


def facts(table, columns=SAME):
    return sorted(table.usable.select(columns).rows(), key=str)


def imported(call, given, place, *more):
    call("import", given, "--out", place / "again.parquet", *more)
    return read_samples(place / "again.parquet")


BACK = ["--rename", "a_b_ c=a/b: c"]


def test_folders_and_back(call, table, tmp_path, capsys):
    call("export-samples", table, "--out", tmp_path / "out")
    said = capsys.readouterr().out
    assert "149 images of 3 classes" in said
    assert "1 images are left out" in said
    assert facts(imported(call, tmp_path / "out", tmp_path, *BACK)) == facts(read_samples(table))
    left = pl.read_csv(tmp_path / "out" / "left_out.csv")
    assert left["excluded_because"].to_list() == ["'=blurred"]
    classes = pl.read_csv(tmp_path / "out" / "classes.csv")
    assert classes["id"].to_list() == [0, 1, 2]
    assert dict(classes.select("name", "folder").iter_rows())["a/b: c"] == "a_b_ c"


def test_folders_hold_the_bytes_of_the_files(call, table, tmp_path):
    call("export-samples", table, "--out", tmp_path / "out", "--by", "fold")
    files = sorted((tmp_path / "out").rglob("*.png"))
    assert {f.parts[-3] for f in files} == {"fold-0", "fold-1"}
    found = sorted(hashlib.sha256(f.read_bytes()).hexdigest() for f in files)
    assert found == sorted(read_samples(table).usable["file_sha256"])


def test_the_list_of_any_format_keeps_origins_too(call, table, tmp_path):
    columns = (*SAME, "slide")
    for kind in ("folders", "csv", "npz"):
        call("export-samples", table, "--format", kind, "--out", tmp_path / kind)
        again = imported(call, tmp_path / kind / "samples.csv", tmp_path)
        assert facts(again, columns) == facts(read_samples(table), columns)
        assert again.usable["group"].n_unique() == read_samples(table).usable["group"].n_unique()


def test_absolute_paths_are_so(call, table, tmp_path):
    call("export-samples", table, "--format", "csv", "--paths", "absolute", "--out", tmp_path / "o")
    paths = pl.read_csv(tmp_path / "o" / "samples.csv")["path"]
    assert paths.str.starts_with("/").all()
    assert facts(imported(call, tmp_path / "o" / "samples.csv", tmp_path)) == facts(
        read_samples(table)
    )


def test_medmnist_and_back(call, table, tmp_path):
    call("export-samples", table, "--format", "npz", "--out", tmp_path / "out")
    with np.load(tmp_path / "out" / "samples.npz", allow_pickle=False) as arrays:
        kinds = {
            f"{split}_{kind}" for split in ("train", "val", "test") for kind in ("images", "labels")
        }
        assert set(arrays) == {*kinds, "class_names"}
        assert arrays["val_labels"].dtype == np.uint8
        assert arrays["val_labels"].shape == (len(arrays["val_images"]), 1)
    assert facts(imported(call, tmp_path / "out" / "samples.npz", tmp_path)) == facts(
        read_samples(table)
    )


def test_competition_images_are_what_a_training_sees(call, table, tmp_path):
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


def test_the_same_bytes_come_twice(call, table, tmp_path):
    for kind in ("folders", "npz"):
        found = []
        for name in ("a", "b"):
            call("export-samples", table, "--format", kind, "--out", tmp_path / kind / name)
            files = sorted(f for f in (tmp_path / kind / name).rglob("*") if f.is_file())
            found.append([(f.relative_to(tmp_path / kind / name), f.read_bytes()) for f in files])
        assert found[0] == found[1]


@pytest.mark.parametrize("kind", ["folders", "csv", "npz"])
def test_parts_of_files_are_exported_without_loss(call, parts, tmp_path, kind):
    call("export-samples", parts, "--format", kind, "--out", tmp_path / "out")
    before = read_samples(parts)
    again = imported(call, tmp_path / "out" / "samples.csv", tmp_path)
    assert len(again.usable) == len(before.usable) == 7
    assert facts(again, ("pixels_sha256", "label")) == facts(before, ("pixels_sha256", "label"))


def test_names_alike_on_some_system_are_kept_apart(call, parts, tmp_path):
    call("export-samples", parts, "--out", tmp_path / "out")
    names = [p.name.casefold() for p in (tmp_path / "out" / "l").iterdir()]
    assert len(set(names)) == len(names)
    first = (tmp_path / "out" / "samples.csv").read_text().splitlines()[1]
    assert not first.startswith(tuple("=+-@"))


def test_numbers_of_the_source_are_kept(call, tmp_path, cells):
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


def test_arrays_are_written_row_by_row(call, table, tmp_path, monkeypatch):
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
