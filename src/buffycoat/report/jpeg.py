"""Pictures as JPEGs that stand in a page itself."""

from __future__ import annotations

import base64
from io import BytesIO

from PIL import Image

__all__ = ["jpeg_base64", "jpeg_uri"]


def jpeg_base64(picture: Image.Image, quality: int) -> str:
    """The JPEG of a picture, in base64.

    Args:
        picture: RGB.
        quality: 1 to 95.
    """
    file = BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return base64.b64encode(file.getvalue()).decode()


def jpeg_uri(picture: Image.Image, quality: int) -> str:
    """The same as the URI that an image of a page has."""
    return f"data:image/jpeg;base64,{jpeg_base64(picture, quality)}"
