"""Images come in row order, whatever their files, and in bounded memory."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.errors import ImageError
from buffycoat.images import loading
from buffycoat.images.read import read_image
from buffycoat.images.stream import map_images, stream_images


def draw(root: Path, n: int) -> pl.DataFrame:
    """Grey images whose value is their row."""
    for i in range(n):
        Image.new("RGB", (9, 9), (i % 256, 0, 0)).save(root / f"{i}.bmp")
    return pl.DataFrame({"path": [f"{i}.bmp" for i in range(n)]})


def read(path: Path, item: int | None, box: list[int] | None) -> np.ndarray | ImageError:
    try:
        return read_image(path, item=item, box=box)
    except ImageError as error:
        return error


def same(a: np.ndarray | ImageError, b: np.ndarray | ImageError) -> bool:
    if isinstance(a, ImageError) or isinstance(b, ImageError):
        return str(a) == str(b)
    return np.array_equal(a, b)


@pytest.mark.parametrize("n_threads", [None, 1, 7])
def test_all_rows_in_order(tmp_path, n_threads):
    frame = draw(tmp_path, 150)
    streamed = list(stream_images(tmp_path, frame, n_threads=n_threads))
    assert [row for row, _ in streamed] == list(range(150))
    assert [image[0, 0, 0] for _, image in streamed] == list(range(150))


def test_every_kind_of_row_gives_what_read_image_gives(tmp_path):
    frame = draw(tmp_path, 3)
    arrays = np.random.default_rng(1).integers(0, 256, (2, 40, 9, 9, 3), np.uint8)
    np.savez_compressed(tmp_path / "a.npz", first=arrays[0], second=arrays[1])
    pages = [Image.new("RGB", (9, 9), (0, i, 0)) for i in range(40)]
    pages[0].save(tmp_path / "p.tif", save_all=True, append_images=pages[1:])
    field = np.random.default_rng(2).integers(0, 256, (50, 60, 3), np.uint8)
    Image.fromarray(field).save(tmp_path / "field.png")
    rows = [(path, None, None) for path in frame["path"]]
    rows += [("a.npz/first", item, None) for item in range(40)]
    rows += [("p.tif", item, None) for item in (5, 4, *range(40), 99)]
    rows += [("field.png", None, [i, i, i + 20, i + 10]) for i in range(35)]
    rows += [("a.npz/second", item, [0, 0, 8, 9]) for item in (9, 30, 2, 2, 77)]
    rows += [("a.npz/first", 3, None), ("a.npz/none", 3, None), ("field.png", None, None)]
    frame = pl.DataFrame(
        rows, {"path": pl.String, "item": pl.Int64, "box": pl.List(pl.Int64)}, orient="row"
    )
    streamed = [image for _, image in stream_images(tmp_path, frame)]
    for image, (path, item, box) in zip(streamed, rows, strict=True):
        assert same(image, read(tmp_path / path, item, box)), (path, item, box)
    assert sum(isinstance(image, ImageError) for image in streamed) == 3


def test_a_field_is_decoded_once_for_its_boxes(tmp_path, monkeypatch):
    Image.new("RGB", (90, 90)).save(tmp_path / "a.png")
    calls = []
    decode = loading.decode_page
    monkeypatch.setattr(loading, "decode_page", lambda *a: calls.append(1) or decode(*a))
    frame = pl.DataFrame({"path": ["a.png"] * 16, "box": [[i, i, i + 9, i + 9] for i in range(16)]})
    assert len(list(stream_images(tmp_path, frame))) == 16
    assert len(calls) == 1


def test_paths_stay_within_the_root(tmp_path):
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    draw(root, 1)
    draw(tmp_path, 1)
    frame = pl.DataFrame(
        {"path": ["../0.bmp", str(tmp_path / "0.bmp"), "sub/../0.bmp", "sub/../../0.bmp", "", None]}
    )
    images = [image for _, image in stream_images(root, frame)]
    assert isinstance(images[2], np.ndarray)
    for row in (0, 1, 3):
        assert "out of the root" in str(images[row])
    for row in (4, 5):
        assert "empty" in str(images[row])


def test_a_linked_folder_and_a_relative_root(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    draw(tmp_path / "elsewhere", 1)
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path)
    [(_, image)] = stream_images(Path("root"), pl.DataFrame({"path": ["link/0.bmp"]}))
    assert image.shape == (9, 9, 3)


def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    [(_, image)] = stream_images(tmp_path, pl.DataFrame({"path": ["a.png"]}))
    assert "missing" in str(image)


def test_only_a_few_images_wait(tmp_path):
    frame = draw(tmp_path, 200)
    lock, decoded = threading.Lock(), []

    def work(loaded):
        with lock:
            decoded.append(loaded.row)

    stream = map_images(work, tmp_path, frame, n_threads=2)
    next(stream)
    time.sleep(0.1)
    assert len(decoded) <= 8
    stream.close()
    assert len(decoded) <= 8


def test_what_work_raises_comes_out(tmp_path):
    def work(loaded):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(map_images(work, tmp_path, draw(tmp_path, 3)))


def test_an_empty_frame(tmp_path):
    assert list(stream_images(tmp_path, pl.DataFrame({"path": []}, {"path": pl.String}))) == []
