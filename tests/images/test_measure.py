"""Sizes and hashes of every row, and a reason where there are none."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl
from PIL import Image

from buffycoat.images.measure import measure_images
from buffycoat.images.read import pixels_sha256, read_image


def test_facts_and_reasons(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray(pixels).save(tmp_path / "a.bmp")
    np.savez(tmp_path / "a.npz", images=pixels[None])
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    frame = pl.DataFrame(
        {
            "path": ["a.png", "a.png", "a.bmp", "a.npz/images", "broken.png", "broken.png", "no"],
            "item": [None, None, None, 0, None, None, None],
            "box": [None, [5, 0, 25, 12], None, None, None, None, None],
            "excluded_because": [None, "two labels", None, None, None, "two labels", None],
            "width_px": [1] * 7,
            "kept": list(range(7)),
        }
    )
    seen: list[int] = []
    found = measure_images(tmp_path, frame, on_progress=seen.append)
    assert seen == list(range(1, 8))
    assert found["kept"].to_list() == list(range(7))
    assert found["width_px"].to_list() == [40, 20, 40, 40, None, None, None]
    assert found["height_px"].to_list() == [30, 12, 30, 30, None, None, None]
    whole, part = pixels_sha256(pixels), pixels_sha256(pixels[:12, 5:25])
    assert found["pixels_sha256"].to_list() == [whole, part, whole, whole, None, None, None]
    for row in range(6):
        file = tmp_path / found["path"][row].removesuffix("/images")
        assert found["file_sha256"][row] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert found["file_sha256"][6] is None
    assert found["excluded_because"].to_list() == [
        None,
        "two labels",
        None,
        None,
        "unreadable: damaged or truncated",
        "two labels",
        "unreadable: the file is missing",
    ]
    assert pixels_sha256(read_image(tmp_path / "a.bmp")) == whole


def test_a_bare_frame_gets_all_columns(tmp_path):
    Image.new("L", (9, 8)).save(tmp_path / "a.png")
    found = measure_images(tmp_path, pl.DataFrame({"path": ["a.png"]}))
    assert found.schema["excluded_because"] == pl.String
    assert found.row(0)[1:3] == (9, 8)
    none = measure_images(tmp_path, pl.DataFrame({"path": []}, {"path": pl.String}))
    assert none.schema["file_sha256"] == pl.String
