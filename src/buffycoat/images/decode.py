"""Decode one image file into 8-bit RGB, whatever its bit depth, its colours or its rotation."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from buffycoat.errors import ImageError, first_line

__all__ = ["MAX_MEGAPIXELS", "decode_page", "open_image"]

MAX_MEGAPIXELS = 100
"""Larger images are refused before they are decoded; a cell or a field is far smaller."""

_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP")
_SIGNATURES = (b"\xff\xd8", b"\x89PNG", b"II*\0", b"MM\0*", b"BM", b"GIF8", b"RIFF")
_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"}
_BITS, _PHOTOMETRIC, _PLANES = 258, 262, 284  # TIFF tags

# A large or damaged image gets its reason from us; Pillow would print its own beside it.
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").addHandler(logging.NullHandler())


@contextlib.contextmanager
def open_image(file: BinaryIO) -> Iterator[Image.Image]:
    """The image in a file, its header read and its pixels not yet.

    Raises:
        ImageError: when it is no image of a known format, or is damaged; also for what goes wrong
            inside the block.
    """
    try:
        with Image.open(file, formats=_FORMATS) as image:
            yield image
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        raise ImageError(_unidentified(file)) from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"more than {MAX_MEGAPIXELS} megapixels") from error
    except MemoryError as error:
        raise ImageError("needs more memory than there is") from error
    except Exception as error:  # on damaged bytes, decoders raise whatever comes
        raise ImageError(f"damaged or truncated ({first_line(error, most=100)})") from error


def decode_page(image: Image.Image, item: int | None = None) -> np.ndarray:
    """The pixels of an open image, or of one of its pages, uint8 (H, W, 3) RGB, upright.

    - Grey is repeated to three channels; palettes and CMYK are converted.
    - Transparency is laid on white.
    - 16 bits become 8 by dropping the lower byte, so that 0..65535 becomes 0..255 whatever the
      range that the image uses. (Pillow's own conversion of 16-bit grey clips at 255 instead.)
    - The rotation that EXIF asks for is made; colour profiles (ICC) are ignored.

    Raises:
        ImageError: for animations, a page that is not there, more than `MAX_MEGAPIXELS`, pixels of
            32 bits.
    """
    _select(image, item)
    if image.width * image.height > MAX_MEGAPIXELS * 1_000_000:
        raise ImageError(f"{image.width} x {image.height}: more than {MAX_MEGAPIXELS} megapixels")
    image.load()
    with contextlib.suppress(Exception):  # a damaged EXIF block says nothing of the rotation
        ImageOps.exif_transpose(image, in_place=True)
    return _rgb(image)


def _select(image: Image.Image, item: int | None) -> None:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        _select_page(image, item)
    elif item not in (None, 0):
        raise ImageError(f"page {item} was asked of a file without pages")
    elif image.format != "MPO" and getattr(image, "is_animated", False):
        raise ImageError("animated: save the frame that matters as PNG")


def _select_page(image: TiffImagePlugin.TiffImageFile, item: int | None) -> None:
    if item is None and image.is_animated:
        raise ImageError(f"has {image.n_frames} pages: say which in the column `item`, from 0")
    try:
        image.seek(item or 0)
    except EOFError as error:  # it spoils `n_frames`, so the number of pages is not said
        raise ImageError(f"has no page {item}; the first is 0") from error
    if _tag(image, _PLANES, 1) == 2 and max(_tag(image, _BITS, (1,))) > 8:
        # Pillow reads these as if they had 8 bits: noise, without an error
        raise ImageError("16 bits per channel in separate planes: save it with interleaved colours")


def _tag(image: Image.Image, tag: int, default: Any) -> Any:
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    return tags.get(tag, default)


def _rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I;16"):
        return np.repeat(_grey_of_16_bits(image)[..., None], 3, axis=2)
    if image.mode not in _MODES:
        raise ImageError(f"pixels of kind {image.mode}: save it with 8 or 16 bits per channel")
    if not image.has_transparency_data:
        return np.array(image if image.mode == "RGB" else image.convert("RGB"))
    transparent = image.info.get("transparency")
    if isinstance(transparent, tuple) and max(transparent) > 255:
        raise ImageError("16 bits with a transparent colour: save it without transparency")
    white = Image.new("RGBA", image.size, "white")
    return np.array(Image.alpha_composite(white, image.convert("RGBA")).convert("RGB"))


def _grey_of_16_bits(image: Image.Image) -> np.ndarray:
    values, bits = np.asarray(image), _tag(image, _BITS, (16,))[0]
    if "transparency" in image.info:
        values = np.where(values == image.info["transparency"], 65535, values)
    grey: np.ndarray = (values >> (bits - 8)).astype(np.uint8)
    return ~grey if _tag(image, _PHOTOMETRIC, 1) == 0 else grey  # there, 0 is white


def _unidentified(file: BinaryIO) -> str:
    file.seek(0)
    known = file.read(4).startswith(_SIGNATURES)
    return "damaged or truncated" if known else "not a JPEG, PNG, TIFF, BMP, GIF or WebP image"
