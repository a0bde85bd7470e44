"""Every kind of file is read right, or refused with a reason."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from buffycoat.errors import ImageError
from buffycoat.images.read import MIN_SIDE_PX, crop, pixels_sha256, read_image

# pytest puts its own filters in place of those of the package: see `test_nothing_is_printed`
pytestmark = pytest.mark.filterwarnings(r"ignore:::PIL\..*")


def noise(height: int = 12, width: int = 16, channels: int = 3, dtype: type = np.uint8):
    top = np.iinfo(dtype).max + 1
    return np.random.default_rng(7).integers(0, top, (height, width, channels), dtype)


def saved(path: Path, image: Image.Image, **how: object) -> Path:
    image.save(path, **how)
    return path


def reason_of(path: Path) -> str:
    try:
        return "" if read_image(path).ndim == 3 else "no image"
    except ImageError as error:
        return str(error)


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


def test_the_content_decides_not_the_name(tmp_path):
    pixels = noise()
    Image.fromarray(pixels).save(tmp_path / "a", "PNG")
    (tmp_path / "a").rename(tmp_path / "a.jpg")
    np.testing.assert_array_equal(read_image(tmp_path / "a.jpg"), pixels)


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


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.bmp", "a.tif", "a.gif", "a.webp", "l.tif"])
def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path, name):
    how = {"compression": "tiff_deflate"} if name == "l.tif" else {}
    whole = saved(tmp_path / name, Image.fromarray(noise(64, 64)), **how).read_bytes()
    for cut in (10, len(whole) // 3, len(whole) - len(whole) // 4):
        (tmp_path / name).write_bytes(whole[:cut])
        with pytest.raises(ImageError, match="damaged or truncated"):
            read_image(tmp_path / name)


def test_what_is_no_image(tmp_path):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("<script>alert(1)</script>" * 9)
    Image.fromarray(noise()).save(tmp_path / "a.ppm")
    (tmp_path / "folder.jpg").mkdir()
    for name, reason in {
        "empty.jpg": "the file is empty",
        "text.jpg": "not a JPEG, PNG",
        "a.ppm": "not a JPEG, PNG",
        "folder.jpg": "is a folder",
        "none.jpg": "the file is missing",
        "nul\0.jpg": "missing|cannot be opened",
        "long" * 200: "missing|cannot be opened",
    }.items():
        with pytest.raises(ImageError, match=reason):
            read_image(tmp_path / name)


def test_random_damage_never_raises_anything_else(tmp_path):
    draw = np.random.default_rng(3)
    for name in ("a.jpg", "a.png", "a.bmp", "a.tif", "a.gif", "a.webp"):
        whole = np.frombuffer(
            saved(tmp_path / name, Image.fromarray(noise(24, 24))).read_bytes(), np.uint8
        )
        for _ in range(40):
            bytes_ = whole.copy()
            bytes_[draw.integers(0, len(whole), 6)] = draw.integers(0, 256, 6)
            (tmp_path / name).write_bytes(bytes_.tobytes())
            reason = reason_of(tmp_path / name)
            assert "\n" not in reason
            assert str(tmp_path) not in reason


def bomb(path: Path, width: int, height: int) -> Path:
    """A PNG that says it is huge and holds nothing."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", size), (b"IDAT", b""), (b"IEND", b""))
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


@pytest.mark.parametrize("side", [20_000, 10_500, 65_000])
def test_huge_images_are_refused_before_they_take_memory(tmp_path, side):
    path = bomb(tmp_path / "a.png", side, side)
    tracemalloc.start()
    with pytest.raises(ImageError, match="100 megapixels"):
        read_image(path)
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()


def test_long_images_and_small_ones(tmp_path):
    wide = Image.new("RGB", (20_000, 300), "red")
    assert read_image(saved(tmp_path / "wide.png", wide)).shape == (300, 20_000, 3)
    for size in ((1, 1), (MIN_SIDE_PX - 1, 50), (50, MIN_SIDE_PX - 1)):
        path = saved(tmp_path / "small.png", Image.new("RGB", size))
        with pytest.raises(ImageError, match=f"{size[0]} x {size[1]} pixels"):
            read_image(path)
    path = saved(tmp_path / "least.png", Image.new("RGB", (MIN_SIDE_PX, MIN_SIDE_PX)))
    assert read_image(path).shape == (MIN_SIDE_PX, MIN_SIDE_PX, 3)


def test_nothing_is_printed(tmp_path):
    """Warnings are collected by pytest, so this looks at a process of its own."""
    bomb(tmp_path / "big.png", 9_900, 9_900)  # Pillow warns of it, we decode it
    whole = saved(tmp_path / "a.tif", Image.fromarray(noise(64, 64))).read_bytes()
    (tmp_path / "a.tif").write_bytes(whole[: len(whole) // 2])
    palette = Image.new("P", (9, 9))
    saved(tmp_path / "p.png", palette, transparency=b"\0\1")
    program = (
        "import sys; from pathlib import Path\n"
        "from buffycoat.errors import ImageError\n"
        "from buffycoat.images.read import read_image\n"
        "for name in sys.argv[1:]:\n"
        "    try: read_image(Path(name))\n"
        "    except ImageError: pass\n"
    )
    names = [str(tmp_path / name) for name in ("big.png", "a.tif", "p.png")]
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", program, *names], capture_output=True, check=True
    )
    assert done.stdout + done.stderr == b""


def test_boxes(tmp_path):
    pixels = noise(40, 60)
    path = saved(tmp_path / "a.png", Image.fromarray(pixels))
    np.testing.assert_array_equal(read_image(path, box=[10, 5, 30, 25]), pixels[5:25, 10:30])
    np.testing.assert_array_equal(read_image(path, box=[-4, -9, 20, 99]), pixels[:, :20])
    for box in ([60, 0, 90, 40], [30, 5, 10, 25], [-20, 0, -5, 40], [0, 0, 7, 40]):
        with pytest.raises(ImageError, match="inside box"):
            read_image(path, box=box)
    with pytest.raises(ImageError, match="left, top, right, bottom"):
        crop(pixels, [1, 2, 3])


def test_pixel_hashes_know_the_shape():
    flat = np.arange(18, dtype=np.uint8)
    wide, high = flat.reshape(2, 3, 3), flat.reshape(3, 2, 3)
    assert pixels_sha256(wide) != pixels_sha256(high)
    view = noise(20, 20)[::2, ::2]
    assert pixels_sha256(view) == pixels_sha256(view.copy())


def test_a_phone_picture_with_a_preview_is_read_as_its_first_image(tmp_path):
    first, second = (Image.new("RGB", (32, 32), colour) for colour in ("red", "blue"))
    buffer = io.BytesIO()
    first.save(buffer, "MPO", save_all=True, append_images=[second])
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    assert read_image(tmp_path / "a.jpg")[0, 0, 0] > 250
