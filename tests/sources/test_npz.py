"""Arrays in .npz files: the published layouts, names of numbers, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from buffycoat.errors import BuffycoatWarning, InputError
from buffycoat.images.read import read_image
from buffycoat.sources.npz import read_npz


def images(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 9, 10, 3), np.uint8)


def save(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


def test_the_layout_of_competitions(tmp_path):
    path = save(tmp_path / "c.npz", images=images(3), labels=np.array([[2], [0], [2]], np.uint8))
    table = read_npz(path)
    assert table.frame["label"].to_list() == ["2", "0", "2"]
    assert table.classes == ("0", "2")
    assert table.class_ids == {"0": 0, "2": 2}
    assert table.frame["path"].unique().to_list() == ["c.npz/images"]
    assert table.frame["item"].to_list() == [0, 1, 2]


def test_rows_point_at_the_pixels(tmp_path):
    pixels = images(3)
    table = read_npz(save(tmp_path / "c.npz", images=pixels, labels=np.arange(3)))
    path, item = table.frame.select("path", "item").row(2)
    assert np.array_equal(read_image(table.root / path, item=item), pixels[2])


def test_the_layout_of_medmnist(tmp_path):
    arrays = {
        f"{part}_{kind}": images(n) if kind == "images" else np.arange(n).reshape(-1, 1) % 2
        for part, n in (("train", 4), ("val", 2), ("test", 3))
        for kind in ("images", "labels")
    }
    with pytest.warns(BuffycoatWarning, match="taken as published"):
        table = read_npz(save(tmp_path / "m.npz", **arrays), names=("alpha", "beta"))
    counts = dict(table.frame["split"].value_counts().iter_rows())
    assert counts == {"train": 4, "validation": 2, "test": 3}
    assert table.class_ids == {"alpha": 0, "beta": 1}
    assert set(table.frame["label_given"]) == {"0", "1"}


def test_names_in_the_file_and_texts_as_labels(tmp_path):
    path = save(tmp_path / "c.npz", images=images(2), labels=[1, 0], class_names=["b", "a"])
    assert read_npz(path).frame["label"].to_list() == ["a", "b"]
    assert read_npz(path).classes == ("b", "a")
    path = save(tmp_path / "t.npz", images=images(3), labels=np.array([b"y", b"x", b""]))
    table = read_npz(path)
    assert table.classes == ("x", "y")
    assert table.class_ids == {}
    assert table.frame["excluded_because"].to_list() == [None, None, "no label"]


def test_bloodmnist_is_known_by_its_name_and_its_eight_classes(tmp_path):
    arrays = {"images": images(8), "labels": np.arange(8)}
    table = read_npz(save(tmp_path / "bloodmnist_64.npz", **arrays))
    assert table.frame["label"][3] == "ig"
    assert table.class_ids["platelet"] == 7
    assert any("BloodMNIST" in note for note in table.notes)
    assert read_npz(save(tmp_path / "other.npz", **arrays)).classes[3] == "3"


def test_images_alone_for_prediction(tmp_path):
    path = save(tmp_path / "c.npz", images=images(3))
    assert len(read_npz(path, min_classes=0).frame) == 3
    with pytest.raises(InputError, match="has 'images' but no 'labels'"):
        read_npz(path)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": images(2)}, "holds no images that are known by name: it has 'x'"),
        ({"images": images(2), "labels": np.arange(3)}, "2 images .* but 3 labels"),
        ({"images": images(2), "labels": np.eye(2, dtype=int)}, "one-hot.*argmax"),
        ({"images": images(2), "labels": np.zeros((2, 1, 1), int)}, r"shape \(2, 1, 1\), not"),
        ({"images": images(2), "labels": np.array([0.0, 1.0])}, "float64: give whole numbers"),
        ({"images": images(2), "labels": np.array(["a", None])}, "pickled objects, which could"),
        ({"images": images(2).astype(object), "labels": np.arange(2)}, "pickled objects"),
        ({"images": np.zeros((2, 3, 9, 9), np.uint8), "labels": [0, 1]}, r"shape \(2, 3, 9, 9\)"),
        ({"images": images(2).astype("c8"), "labels": [0, 1]}, "complex64"),
        ({"images": images(2), "labels": [0, -1]}, "row 1 of 'images' is -1"),
        ({"images": images(2), "labels": [0, 2], "classes": ["a", "b"]}, "names for 0 to 1"),
        ({"images": images(2), "labels": [0, 1], "classes": ["a", "a"]}, "not all different"),
        ({"images": images(2), "labels": [1, 1]}, "one class only"),
    ],
)
def test_other_arrays_are_refused(tmp_path, arrays, said):
    with pytest.raises(InputError, match=said):
        read_npz(save(tmp_path / "c.npz", **arrays))


def test_what_is_no_npz_is_refused(tmp_path):
    path = tmp_path / "c.npz"
    with pytest.raises(InputError, match="does not exist"):
        read_npz(path)
    path.write_bytes(b"no zip")
    with pytest.raises(InputError, match=r"no \.npz, or a damaged one"):
        read_npz(path)


def test_images_are_not_loaded_to_list_them(tmp_path, monkeypatch):
    path = save(tmp_path / "c.npz", images=images(5), labels=np.arange(5))
    loaded = []
    read = np.lib.npyio.NpzFile.__getitem__

    def watched(self, name):
        loaded.append(name)
        return read(self, name)

    monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", watched)
    read_npz(path)
    assert loaded == ["labels"]
