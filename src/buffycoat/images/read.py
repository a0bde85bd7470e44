"""Read one image: a file, a page of a TIFF or a row of an .npz, whole or the part in a box."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from buffycoat.errors import ImageError
from buffycoat.images.decode import MAX_MEGAPIXELS, decode_page, open_image
from buffycoat.images.npz import NpzImages, split_npz_path

__all__ = [
    "IMAGE_SUFFIXES",
    "MAX_MEGAPIXELS",
    "MIN_SIDE_PX",
    "crop",
    "open_file",
    "pixels_sha256",
    "read_image",
    "split_npz_path",
]

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".bmp", ".dib", ".gif", ".webp"}
)
"""How the names of image files end, in lower case."""

MIN_SIDE_PX = 8
"""Smaller samples are refused: no cell can be recognised in them."""


def read_image(
    path: Path, *, item: int | None = None, box: Sequence[int] | None = None
) -> np.ndarray:
    """One sample as uint8 (H, W, 3) RGB, upright.

    How depth, colours, transparency, rotation and profiles are treated stands at `decode_page`.

    Args:
        path: An image file, or `FILE.npz/ARRAY`.
        item: The page of a TIFF or the row of an array, from 0.
        box: Left, top, right and bottom of the sample within the upright field, in pixels.

    Raises:
        ImageError: with a short reason that does not repeat the path.
    """
    path = Path(path)
    npz = split_npz_path(path)
    if npz:
        with NpzImages(*npz) as images:
            return crop(images.read(item), box)
    with open_file(path) as file, open_image(file) as image:
        return crop(decode_page(image, item), box)


def open_file(path: Path) -> BinaryIO:
    """A regular, readable, non-empty file, opened.

    Raises:
        ImageError: for any other.
    """
    try:
        if path.is_dir():
            raise ImageError("is a folder")
        if not path.is_file():
            raise ImageError("the file is missing")
        if not path.stat().st_size:
            raise ImageError("the file is empty")
        return path.open("rb")
    except PermissionError as error:
        raise ImageError("no permission to read the file") from error
    except (OSError, ValueError) as error:
        raise ImageError(f"the file cannot be opened ({error.__class__.__name__})") from error


def crop(image: np.ndarray, box: Sequence[int] | None) -> np.ndarray:
    """The part of an image (H, W, 3) inside a box, cut off at the image's edges; a view of it.

    Args:
        image: The field.
        box: Left, top, right, bottom in pixels, the last two exclusive; None for the whole.

    Raises:
        ImageError: when nothing, or less than `MIN_SIDE_PX`, is inside.
    """
    if box is not None:
        if len(box) != 4:
            raise ImageError(f"box {list(box)} is not left, top, right, bottom")
        left, top, right, bottom = (max(0, int(edge)) for edge in box)
        image = image[top:bottom, left:right]
    height, width = image.shape[:2]
    if min(height, width) < MIN_SIDE_PX:
        within = "" if box is None else f" inside box {list(box)}"
        raise ImageError(f"{width} x {height} pixels{within}: a side needs {MIN_SIDE_PX}")
    return image


def pixels_sha256(image: np.ndarray) -> str:
    """SHA-256 (hexadecimal) over the shape and the bytes of an image, uint8 (H, W, 3)."""
    digest = hashlib.sha256("x".join(map(str, image.shape)).encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()
