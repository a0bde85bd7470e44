"""Every kind of image file becomes 8-bit RGB, or is refused with a reason."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from buffycoat.errors import ImageError
from buffycoat.images.read import read_image


def noise(height: int = 12, width: int = 16, channels: int = 3, dtype: type = np.uint8):
    top = np.iinfo(dtype).max + 1
    return np.random.default_rng(7).integers(0, top, (height, width, channels), dtype)


def saved(path: Path, image: Image.Image, **how: object) -> Path:
    image.save(path, **how)
    return path


def png(path: Path, values: np.ndarray, colour_type: int, *chunks: tuple[bytes, bytes]) -> Path:
    """A 16-bit PNG written by hand, because Pillow writes none in colour."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    size = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, colour_type, 0, 0, 0)
    parts = [(b"IHDR", size), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    made = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(made))
    return path


def tiff(path: Path, values: np.ndarray, *, order: str = "<", photometric: int, planes: int = 1):
    """A 16-bit TIFF written by hand."""
    height, width = values.shape[:2]
    n = values.shape[2] if values.ndim == 3 else 1
    layers = np.moveaxis(values, 2, 0) if planes == 2 else values[None]
    bodies = [layer.astype(f"{order}u2").tobytes() for layer in layers]
    end = 8 + sum(map(len, bodies))
    tail, entries = b"", b""

    def tag(number: int, *given: int) -> bytes:
        nonlocal tail
        packed = struct.pack(f"{order}{len(given)}I", *given)
        place = struct.pack(f"{order}I", end + 2 + 10 * 12 + 4 + len(tail))
        if len(packed) > 4:
            tail, packed = tail + packed, place
        return struct.pack(f"{order}HHI", number, 4, len(given)) + packed

    offsets = [8 + i * len(bodies[0]) for i in range(len(bodies))]
    entries += tag(256, width) + tag(257, height) + tag(258, *[16] * n) + tag(259, 1)
    entries += tag(262, photometric) + tag(273, *offsets) + tag(277, n) + tag(278, height)
    entries += tag(279, *map(len, bodies)) + tag(284, planes)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", end)
    count = struct.pack(f"{order}H", 10)
    path.write_bytes(head + b"".join(bodies) + count + entries + b"\0\0\0\0" + tail)
    return path


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif"])
def test_lossless_files_come_back_as_they_were(tmp_path, name):
    pixels = noise()
    image = read_image(saved(tmp_path / name, Image.fromarray(pixels)))
    assert image.dtype == np.uint8
    assert image.flags.writeable
    np.testing.assert_array_equal(image, pixels)


def test_lossless_webp_and_tiff_with_compression(tmp_path):
    pixels = noise()
    webp = saved(tmp_path / "a.webp", Image.fromarray(pixels), lossless=True)
    np.testing.assert_array_equal(read_image(webp), pixels)
    lzw = saved(tmp_path / "a.tif", Image.fromarray(pixels), compression="tiff_lzw")
    np.testing.assert_array_equal(read_image(lzw), pixels)


def test_jpeg_is_near_what_it_was(tmp_path):
    pixels = np.full((32, 32, 3), (200, 40, 90), np.uint8)
    image = read_image(saved(tmp_path / "a.jpg", Image.fromarray(pixels), quality=95))
    assert np.abs(image.astype(int) - pixels).max() <= 4


def test_16_bits_drop_the_lower_byte(tmp_path):
    values = noise(channels=4, dtype=np.uint16)
    values[0, 0], values[0, 1] = 65535, 0
    high = (values >> 8).astype(np.uint8)
    grey = np.repeat(high[..., :1], 3, axis=2)
    read = read_image(png(tmp_path / "grey.png", values[..., 0], 0))
    np.testing.assert_array_equal(read, grey)
    assert read[0, 0, 0] == 255
    assert read[0, 1, 0] == 0
    rgb = values[..., :3]
    np.testing.assert_array_equal(read_image(png(tmp_path / "a.png", rgb, 2)), high[..., :3])
    for order in "<>":
        path = tiff(tmp_path / "grey.tif", values[..., 0], order=order, photometric=1)
        np.testing.assert_array_equal(read_image(path), grey)
        path = tiff(tmp_path / "rgb.tif", rgb, order=order, photometric=2)
        np.testing.assert_array_equal(read_image(path), high[..., :3])


def test_16_bit_tiff_where_zero_is_white_is_turned_over(tmp_path):
    values = noise(channels=1, dtype=np.uint16)[..., 0]
    image = read_image(tiff(tmp_path / "a.tif", values, photometric=0))
    np.testing.assert_array_equal(image[..., 1], 255 - (values >> 8))


def test_16_bit_planes_which_pillow_reads_wrong_are_refused(tmp_path):
    path = tiff(tmp_path / "a.tif", noise(dtype=np.uint16), photometric=2, planes=2)
    with pytest.raises(ImageError, match="separate planes"):
        read_image(path)


def test_16_bit_transparency(tmp_path):
    values = noise(channels=1, dtype=np.uint16)[..., 0]
    values[0, 0] = 300
    grey = read_image(png(tmp_path / "a.png", values, 0, (b"tRNS", struct.pack(">H", 300))))
    assert grey[0, 0].tolist() == [255] * 3
    assert (grey[1:, :, 0] == values[1:] >> 8).all()
    key = (b"tRNS", struct.pack(">HHH", 300, 1, 2))
    with pytest.raises(ImageError, match="transparent colour"):
        read_image(png(tmp_path / "b.png", noise(dtype=np.uint16), 2, key))


def test_32_bit_pixels_are_refused(tmp_path):
    path = saved(tmp_path / "a.tif", Image.fromarray(np.ones((9, 9), np.float32)))
    with pytest.raises(ImageError, match="8 or 16 bits"):
        read_image(path)


def test_grey_and_black_and_white_are_repeated(tmp_path):
    grey = noise()[..., 0]
    read = read_image(saved(tmp_path / "a.png", Image.fromarray(grey)))
    np.testing.assert_array_equal(read, np.stack([grey] * 3, axis=2))
    bits = Image.fromarray(grey > 127)
    read = read_image(saved(tmp_path / "b.png", bits))
    np.testing.assert_array_equal(read[..., 2], np.where(grey > 127, 255, 0))


def test_cmyk(tmp_path):
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    image = read_image(saved(tmp_path / "a.jpg", cyan, quality=100))
    assert np.abs(image.astype(int) - (0, 255, 255)).max() <= 3


def test_transparency_is_laid_on_white(tmp_path):
    pixels = noise(channels=4)
    alpha = pixels[..., 3:] / 255
    expected = pixels[..., :3] * alpha + 255 * (1 - alpha)
    read = read_image(saved(tmp_path / "a.png", Image.fromarray(pixels)))
    assert np.abs(read - expected).max() <= 1
    grey = Image.fromarray(pixels[..., [0, 3]], "LA")
    read = read_image(saved(tmp_path / "b.png", grey))
    assert np.abs(read[..., 1] - expected[..., 0]).max() <= 1


def test_palette_with_and_without_transparency(tmp_path):
    picture = Image.new("P", (16, 16), 1)
    picture.putpalette([10, 20, 30, 200, 100, 50])
    picture.paste(0, (0, 0, 8, 16))
    plain = read_image(saved(tmp_path / "a.png", picture))
    assert plain[0, 0].tolist() == [10, 20, 30]
    assert plain[0, 15].tolist() == [200, 100, 50]
    for name in ("b.png", "b.gif"):
        clear = read_image(saved(tmp_path / name, picture, transparency=0))
        assert clear[0, 0].tolist() == [255] * 3
        assert clear[0, 15].tolist() == [200, 100, 50]
    partly = read_image(saved(tmp_path / "c.png", picture, transparency=bytes([0, 255])))
    assert partly[0, 0].tolist() == [255] * 3


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_exif_rotation_is_made_once_and_boxes_are_cut_after_it(tmp_path, suffix):
    upright = np.zeros((40, 24, 3), np.uint8)
    upright[:16, :8] = 255  # top left
    exif = Image.Exif()
    exif[274] = 6  # "turn me by 90 degrees clockwise"
    stored = Image.fromarray(np.rot90(upright))
    how = {"quality": 95} if suffix == "jpg" else {"lossless": True} if suffix == "webp" else {}
    path = saved(tmp_path / f"a.{suffix}", stored, exif=exif, **how)
    image = read_image(path)
    assert image.shape == (40, 24, 3)
    assert image[:14, :6].min() > 240
    assert image[20:].max() < 15
    np.testing.assert_array_equal(read_image(path, box=(0, 0, 8, 16)), image[:16, :8])


def test_pages_of_a_tiff(tmp_path):
    pages = [Image.fromarray(np.full((9, 10 + i, 3), i * 50, np.uint8)) for i in range(3)]
    path = saved(tmp_path / "a.tif", pages[0], save_all=True, append_images=pages[1:])
    assert read_image(path, item=2).shape == (9, 12, 3)
    assert read_image(path, item=1)[0, 0, 0] == 50
    with pytest.raises(ImageError, match="3 pages"):
        read_image(path)
    with pytest.raises(ImageError, match="has no page 3"):
        read_image(path, item=3)
    with pytest.raises(ImageError, match="page -1"):
        read_image(path, item=-1)


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_animations_are_refused(tmp_path, name):
    frames = [Image.fromarray(np.full((9, 9, 3), i * 90, np.uint8)) for i in range(3)]
    path = saved(tmp_path / name, frames[0], save_all=True, append_images=frames[1:])
    with pytest.raises(ImageError, match="animated"):
        read_image(path)


def test_a_page_of_a_file_without_pages(tmp_path):
    path = saved(tmp_path / "a.png", Image.fromarray(noise()))
    np.testing.assert_array_equal(read_image(path, item=0), noise())
    with pytest.raises(ImageError, match="without pages"):
        read_image(path, item=1)


def test_a_phone_picture_with_a_preview_is_read_as_its_first_image(tmp_path):
    first, second = (Image.new("RGB", (32, 32), colour) for colour in ("red", "blue"))
    buffer = io.BytesIO()
    first.save(buffer, "MPO", save_all=True, append_images=[second])
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    assert read_image(tmp_path / "a.jpg")[0, 0, 0] > 250
