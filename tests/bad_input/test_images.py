"""Images of every unusual kind: read as what they show, or left out with a reason."""

import os

import numpy as np
import polars as pl
import pytest
from PIL import Image

ORIENTATION = 0x112  # EXIF
UNREADABLE = {
    "zero.png": "the file is empty",
    "truncated.png": "damaged or truncated",
    "header.jpg": "damaged or truncated",
    "text.png": "not a JPEG, PNG, TIFF, BMP, GIF or WebP image",
    "page.jpg": "not a JPEG, PNG, TIFF, BMP, GIF or WebP image",
    "pages.tiff": "has 2 pages: say which in the column `item`",
    "animated.gif": "animated: save the frame that matters as PNG",
    "float.tiff": "save it with 8 or 16 bits per channel",
    "one.png": "1 x 1 pixels: a side needs 8",
    "huge.png": "more than 100 megapixels",
    "dangling.png": "the file is missing",
    "pipe.png": "the file is missing",
}


def write_unreadable(folder, pixels):
    one, two = Image.fromarray(pixels(1)), Image.fromarray(pixels(2))
    one.save(folder / "truncated.png")
    whole = (folder / "truncated.png").read_bytes()
    (folder / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (folder / "header.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (folder / "zero.png").write_bytes(b"")
    (folder / "text.png").write_text("a cell")
    (folder / "page.jpg").write_text("<html>not found</html>")
    one.save(folder / "pages.tiff", save_all=True, append_images=[two])
    one.save(folder / "animated.gif", save_all=True, append_images=[two])
    Image.fromarray(pixels(3)[..., 0].astype(np.float32)).save(folder / "float.tiff")
    Image.fromarray(pixels(4, px=1)).save(folder / "one.png")
    (folder / "dangling.png").symlink_to(folder / "nowhere.png")
    os.mkfifo(folder / "pipe.png")


@pytest.fixture(scope="module")
def huge(tmp_path_factory):
    path = tmp_path_factory.mktemp("huge") / "huge.png"
    Image.new("1", (20_000, 20_000)).save(path, compress_level=1)
    return path


@pytest.fixture
def odd(classes, pixels, huge):
    folder = classes("odd", a=8, b=8)
    write_unreadable(folder / "a", pixels)
    (folder / "a" / "huge.png").hardlink_to(huge)
    return folder


def test_each_unreadable_file_stays_with_its_reason(odd, tmp_path, goes_on, reasons):
    answer = goes_on("import", odd, "--out", tmp_path / "s.parquet")
    found = reasons(tmp_path / "s.parquet")
    for name, why in UNREADABLE.items():
        assert found[f"a/{name}"].startswith("unreadable: ")
        assert why in found[f"a/{name}"], name
    assert sum(why is None for why in found.values()) == 16
    assert "12 such as a/animated.gif: unreadable: animated" in answer.out


def test_each_unreadable_file_is_a_row_of_the_predictions(odd, trained, tmp_path, goes_on):
    answer = goes_on("predict", trained, odd, "--out", tmp_path / "p.csv", "--review", 3)
    assert "16 images answered, 12 could not be read" in answer.out
    assert "a/animated.gif: animated: save the frame" in answer.out
    rows = pl.read_csv(tmp_path / "p.csv").filter(pl.col("failed_because").is_not_null())
    found = dict(rows.select("path", "failed_because").iter_rows())
    assert all(why in found[f"a/{name}"] for name, why in UNREADABLE.items())
    assert rows["predicted"].null_count() == len(UNREADABLE)


def test_a_file_named_itself_that_is_no_image(trained, tmp_path, goes_on):
    (tmp_path / "notes.txt").write_text("x")
    answer = goes_on("predict", trained, tmp_path / "notes.txt", "--out", tmp_path / "p.csv")
    assert "0 images answered" in answer.out
    assert "notes.txt: not a JPEG" in answer.out


def test_the_whole_job_goes_on_with_unreadable_files(odd, tmp_path, small, goes_on):
    table = tmp_path / "s.parquet"
    goes_on("import", odd, "--out", table)
    goes_on("split", table, "--out", table)
    goes_on("train", table, *small, "--out", tmp_path / "r")
    assert "unreadable" in (tmp_path / "r" / "report.html").read_text()


def readable(pixels):
    """The name of each unusual kind, what is saved, and the plain picture that it shows."""
    rgb, grey = pixels(1), pixels(2)[..., 0]
    few = rgb // 86 * 86
    alpha = np.full((32, 32, 1), 255, np.uint8)
    clear = alpha.copy()
    clear[:16] = 0
    below_white = rgb.copy()
    below_white[:16] = 255
    ink = np.zeros((32, 32, 4), np.uint8)
    ink[:16] = 255
    black = np.full((32, 32, 3), 255, np.uint8)
    black[:16] = 0
    depth = grey.astype(np.uint16) << 8
    thirds = np.repeat(grey[..., None], 3, 2)
    return {
        "grey.png": (Image.fromarray(grey), thirds),
        "depth.png": (Image.fromarray(depth), thirds),
        "depth.tiff": (Image.fromarray(depth), thirds),
        "bits.png": (Image.fromarray(grey > 99), np.where(thirds > 99, 255, 0)),
        "opaque.png": (Image.fromarray(np.concatenate([rgb, alpha], 2)), rgb),
        "clear.png": (Image.fromarray(np.concatenate([rgb, clear], 2)), below_white),
        "palette.png": (Image.fromarray(few).quantize(64, method=Image.Quantize.FASTOCTREE), few),
        "inks.tiff": (Image.fromarray(ink, "CMYK"), black),
        "still.gif": (Image.fromarray(few).quantize(64, method=Image.Quantize.FASTOCTREE), few),
        "large.png": (Image.fromarray(np.repeat(grey, 600, 1)), np.repeat(thirds, 600, 1)),
    }


def test_each_readable_kind_is_read_as_what_it_shows(classes, pixels, tmp_path, goes_on):
    folder = classes("kinds", a=2, b=2)
    for name, (image, plain) in readable(pixels).items():
        image.save(folder / "a" / name)
        Image.fromarray(plain.astype(np.uint8)).save(folder / "b" / f"plain-{name}.png")
    goes_on("import", folder, "--out", tmp_path / "s.parquet")
    frame = pl.read_parquet(tmp_path / "s.parquet")
    seen = dict(frame.select("sample_id", "pixels_sha256").iter_rows())
    for name in readable(pixels):
        assert seen[f"a/{name}"] == seen[f"b/plain-{name}.png"], name


def test_a_photograph_is_turned_as_its_exif_says(classes, pixels, tmp_path, goes_on):
    folder = classes("turned", a=2, b=2)
    lying, exif = pixels(5)[:24], Image.Exif()
    exif[ORIENTATION] = 6
    Image.fromarray(lying).save(folder / "a" / "camera.png", exif=exif)
    Image.fromarray(np.rot90(lying, -1)).save(folder / "b" / "upright.png")
    goes_on("import", folder, "--out", tmp_path / "s.parquet")
    frame = pl.read_parquet(tmp_path / "s.parquet")
    row = frame.filter(pl.col("sample_id") == "a/camera.png")
    assert row.select("width_px", "height_px").row(0) == (24, 32)
    why = "identical pixels carry another label: b/upright.png (b)"
    assert row["excluded_because"][0] == why


def test_an_image_that_vanishes_after_the_import(classes, tmp_path, small, goes_on):
    folder, table = classes("two", a=9, b=9), tmp_path / "s.parquet"
    goes_on("import", folder, "--out", table)
    goes_on("split", table, "--out", table)
    tested = pl.read_parquet(table).filter(pl.col("split") == "test")["sample_id"].to_list()
    (folder / tested[0]).unlink()
    answer = goes_on("train", table, *small, "--out", tmp_path / "r")
    assert "1 images changed or vanished" in answer.err
    rows = pl.read_parquet(tmp_path / "r" / "predictions.parquet")
    failed = rows.drop_nulls("failed_because").select("sample_id", "failed_because")
    assert failed.rows() == [(tested[0], "the file is missing")]
