"""Arrays: wrong shapes, types and lengths, damaged files, and pickled objects."""

import io
import os
import zipfile

import numpy as np
import polars as pl
import pytest

LABELS = np.arange(12) % 2


@pytest.fixture
def images(pixels):
    return np.stack([pixels(seed) for seed in range(12)])


@pytest.fixture
def saved(tmp_path):
    def saved(**arrays):
        np.savez(tmp_path / "a.npz", **arrays)
        return tmp_path / "a.npz"

    return saved


def both(images, **changed):
    return {"images": images, "labels": LABELS} | changed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda i: {"images": i}, ["no 'labels'", "add an array 'labels'"]),
        (lambda i: {"x": i, "y": LABELS}, ["it has 'x', 'y'", "it needs 'images' and 'labels'"]),
        (lambda i: both(i, labels=LABELS[:-1]), ["12 images in 'images' but 11 labels"]),
        (lambda i: both(i, labels=np.eye(2, dtype=int)[LABELS]), ["(12, 2)", "argmax(axis=1)"]),
        (lambda i: both(i, labels=LABELS[:, None, None]), ["(12, 1, 1)", "not (N,) or (N, 1)"]),
        (lambda i: both(i, labels=LABELS * 1.0), ["'labels' holds float64", "whole numbers"]),
        (lambda i: both(i, labels=LABELS - 1), ["the label of row 0", "is -1", "begin at 0"]),
        (lambda i: both(i, labels=LABELS * 0), ["one class only, '0'", "two classes"]),
        (lambda i: both(i[:, :, 0, 0]), ["(12, 32)", "not (N, H, W, 3) or (N, H, W)"]),
        (lambda i: both(i.transpose(0, 3, 1, 2)), ["(12, 3, 32, 32)", "not (N, H, W, 3)"]),
        (lambda i: both(i > 99), ["'images'", "bool", "save it as uint8"]),
        (lambda i: both(i.astype(str)), ["'images'", "<U3", "save it as uint8"]),
        (lambda i: both(i / 255), ["float64 values", "not whole numbers", "as uint8"]),
        (lambda i: both(i.astype(np.uint16) * 256), ["uint16 values", "save it as uint8"]),
        (lambda i: both(i[:, :4, :4]), ["4 x 4 pixels", "a side needs 8"]),
        (lambda i: both(i[:0], labels=LABELS[:0]), ["none of 0 images"]),
        (lambda i: both(i, class_names=np.array(["x"])), ["row 1", "is 1", "names for 0 to 0"]),
        (lambda i: both(i, class_names=np.array(["x", "x"])), ["['x', 'x']", "not all different"]),
    ],
)
def test_wrong_shapes_types_and_lengths(change, said, images, saved, assert_refused):
    assert_refused("import", saved(**change(images)), saying=["a.npz", *said])


class Opens:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", ["images", "labels"])
def test_pickled_objects_are_refused_and_never_opened(
    name, images, saved, trained, tmp_path, assert_refused
):
    trap = tmp_path / "opened"
    pickled = np.array([Opens(trap)] * 12, dtype=object)
    path = saved(**{"images": images, "labels": LABELS, name: pickled})
    said = ["a.npz", f"'{name}'", "pickled objects, which could run code"]
    assert_refused("import", path, saying=said)
    assert_refused("run", path, "--out", tmp_path / "r", saying=said)
    assert_refused("predict", trained, path, saying=said)
    assert not trap.exists()


def test_a_file_that_is_no_npz_or_half_of_one(images, saved, tmp_path, assert_refused):
    whole = saved(images=images, labels=LABELS).read_bytes()
    bad = tmp_path / "bad.npz"
    for content in (b"", b"no archive", whole[: len(whole) // 2]):
        bad.write_bytes(content)
        assert_refused("import", bad, saying=["bad.npz is no .npz, or a damaged one"])
    np.save(tmp_path / "bare.npy", images)
    assert_refused("import", tmp_path / "bare.npy", saying=["bare.npy is no source", "an .npz"])


def test_altered_bytes_are_noticed(images, saved, trained, assert_refused):
    path = saved(images=images, labels=LABELS)
    content = bytearray(path.read_bytes())
    content[20_000] ^= 0xFF
    path.write_bytes(content)
    said = ["a.npz, array 'images' is damaged", "get the file again"]
    assert_refused("import", path, saying=said)
    assert_refused("predict", trained, path, saying=said)


def test_members_with_paths_that_lead_out_are_not_unpacked(images, tmp_path, goes_on):
    members = {"images": images, "labels": LABELS, "../../images": images}
    (tmp_path / "deep").mkdir()
    with zipfile.ZipFile(tmp_path / "deep" / "a.npz", "w") as archive:
        for name, array in members.items():
            file = io.BytesIO()
            np.save(file, array)
            archive.writestr(f"{name}.npy", file.getvalue())
    goes_on("import", tmp_path / "deep" / "a.npz", "--out", tmp_path / "s.parquet")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "s.parquet"]
    assert len(pl.read_parquet(tmp_path / "s.parquet")) == 12
