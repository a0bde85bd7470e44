"""Files that are damaged, huge, tiny or none, boxes, and the hash of pixels."""

from __future__ import annotations

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


def test_the_content_decides_not_the_name(tmp_path):
    pixels = noise()
    Image.fromarray(pixels).save(tmp_path / "a", "PNG")
    (tmp_path / "a").rename(tmp_path / "a.jpg")
    np.testing.assert_array_equal(read_image(tmp_path / "a.jpg"), pixels)


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


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.bmp", "a.tif", "a.gif", "a.webp", "l.tif"])
def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path, name):
    how = {"compression": "tiff_deflate"} if name == "l.tif" else {}
    whole = saved(tmp_path / name, Image.fromarray(noise(64, 64)), **how).read_bytes()
    for cut in (10, len(whole) // 3, len(whole) - len(whole) // 4):
        (tmp_path / name).write_bytes(whole[:cut])
        with pytest.raises(ImageError, match="damaged or truncated"):
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
