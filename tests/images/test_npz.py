"""Arrays of images are read row by row, in any order, and nothing is unpickled."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from buffycoat.errors import ImageError
from buffycoat.images.npz import NpzImages, split_npz_path
from buffycoat.images.read import read_image

IMAGES = np.random.default_rng(5).integers(0, 256, (20, 12, 10, 3), np.uint8)


def archive(path: Path, *, compressed: bool = True, **arrays: np.ndarray) -> Path:
    (np.savez_compressed if compressed else np.savez)(path, **arrays)
    return path


def test_paths():
    assert split_npz_path("a/b.npz/images") == (Path("a/b.npz"), "images")
    assert split_npz_path(Path("b.NPZ/x/y")) == (Path("b.NPZ"), "x/y")
    assert split_npz_path("a/b.npz") is None
    assert split_npz_path("a/b.png") is None


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("items", [range(20), [19, 3, 3, 0, 12], [4, 4, 9]])
def test_rows_in_any_order(tmp_path, compressed, items):
    path = archive(tmp_path / "a.npz", compressed=compressed, other=np.zeros(3), images=IMAGES)
    for planned in ((), list(items)):
        with NpzImages(path, "images", planned) as images:
            for item in items:
                np.testing.assert_array_equal(images.read(item), IMAGES[item])


def test_grey_rows_are_repeated(tmp_path):
    grey = IMAGES[..., 0]
    path = archive(tmp_path / "a.npz", three=grey, four=grey[..., None])
    for array in ("three", "four"):
        image = read_image(path / array, item=4)
        np.testing.assert_array_equal(image, np.stack([grey[4]] * 3, axis=2))
        assert image.flags.writeable


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, np.float32, np.float64, ">i2"])
def test_whole_numbers_of_any_type(tmp_path, dtype):
    path = archive(tmp_path / "a.npz", images=IMAGES.astype(dtype))
    np.testing.assert_array_equal(read_image(path / "images", item=7), IMAGES[7])


@pytest.mark.parametrize("wrong", [0.5, -1, 256, np.nan, np.inf])
def test_other_values_are_refused(tmp_path, wrong):
    images = IMAGES.astype(np.float32)
    images[2, 3, 4, 1] = wrong
    path = archive(tmp_path / "a.npz", images=images)
    np.testing.assert_array_equal(read_image(path / "images", item=1), IMAGES[1])
    with pytest.raises(ImageError, match="whole numbers from 0 to 255"):
        read_image(path / "images", item=2)


def test_a_box_in_a_row(tmp_path):
    path = archive(tmp_path / "a.npz", images=IMAGES)
    cut = read_image(path / "images", item=3, box=(1, 2, 9, 11))
    np.testing.assert_array_equal(cut, IMAGES[3, 2:11, 1:9])


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_pickles_are_not_opened(tmp_path):
    trap = np.array([Trap(tmp_path / "sprung")], dtype=object)
    np.savez(tmp_path / "a.npz", images=trap, allow_pickle=True)
    with pytest.raises(ImageError, match="pickled"):
        read_image(tmp_path / "a.npz" / "images", item=0)
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as raw:
        raw.writestr("images.npy", pickle.dumps(trap))
    with pytest.raises(ImageError, match="damaged"):
        read_image(tmp_path / "b.npz" / "images", item=0)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (IMAGES[0], "3 x 10 pixels"),
        (IMAGES[0, 0], "shape"),
        (IMAGES.repeat(2, axis=3)[..., :4], "shape"),
        (np.array(["a", "b"]), "not numbers"),
        (IMAGES > 9, "not numbers"),
        (np.asfortranarray(IMAGES), "Fortran"),
        (np.zeros((2, 0, 9, 3), np.uint8), "shape"),
        (np.zeros((2, 5, 9, 3), np.uint8), "9 x 5 pixels"),
    ],
)
def test_wrong_arrays(tmp_path, values, reason):
    path = archive(tmp_path / "a.npz", images=values)
    with pytest.raises(ImageError, match=reason):
        read_image(path / "images", item=0)


def test_a_huge_shape_is_refused_without_memory(tmp_path):
    header = io.BytesIO()
    facts = {"descr": "|u1", "fortran_order": False, "shape": (1, 40_000, 40_000, 3)}
    np.lib.format.write_array_header_1_0(header, facts)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as raw:
        raw.writestr("images.npy", header.getvalue())
    with pytest.raises(ImageError, match="megapixels"):
        read_image(tmp_path / "a.npz" / "images", item=0)


def test_what_is_not_there(tmp_path):
    path = archive(tmp_path / "a.npz", images=IMAGES, labels=np.zeros(20))
    for array, item, reason in (
        ("pixels", 0, "no array 'pixels'; it has images, labels"),
        ("images", None, "needs a row number"),
        ("images", 20, "row 20 was asked of an array with 20"),
        ("images", -1, "row -1"),
    ):
        with pytest.raises(ImageError, match=reason):
            read_image(path / array, item=item)
    with pytest.raises(ImageError, match="missing"):
        read_image(tmp_path / "b.npz" / "images", item=0)


def test_damaged_archives(tmp_path):
    whole = archive(tmp_path / "a.npz", images=IMAGES).read_bytes()
    middle = len(whole) // 2
    for damaged in (whole[:middle], b"no zip", whole[:90] + b"\x00" * 200 + whole[290:]):
        (tmp_path / "b.npz").write_bytes(damaged)
        with pytest.raises(ImageError, match="damaged"):
            read_image(tmp_path / "b.npz" / "images", item=19)
