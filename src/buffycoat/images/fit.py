"""Bring images of any size to the one size that a network takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from PIL import Image

from buffycoat.errors import SettingError
from buffycoat.images.around import around_cell
from buffycoat.images.border import border_colour
from buffycoat.images.standards.correcting import standardise_image
from buffycoat.images.standards.smear import Smear, StandardSettings

__all__ = ["Fit", "ImageSettings", "changes_aspect", "fit_image", "pad_image"]

Fit = Literal["crop", "pad", "squash"]
"""What happens to an image of another shape: cut, filled up, or stretched."""

_SIDES_PX = (8, 4096)
_ASPECT_TOLERANCE = 0.01
_REDUCING_GAP = 3.0  # shrinks by whole factors first where that cannot be told apart


@dataclass(frozen=True)
class ImageSettings:
    """What every image passes before a network sees it."""

    image_px: tuple[int, int] = (96, 96)
    """Height and width that images are brought to, in pixels."""
    fit: Fit = "pad"
    """Another shape is cut at the centre (crop), filled up with the colour of the image's border
    (pad) or stretched (squash)."""
    around_cell: float = 0.0
    """Side of the square around the white cell that is taken first, as a share of the image's
    shorter side; 0 takes the whole image. For views of a field with one white cell each."""
    standards: StandardSettings = field(default_factory=StandardSettings)
    """To which scale, white and stain they are brought before that."""

    def __post_init__(self) -> None:
        low, high = _SIDES_PX
        sides = tuple(self.image_px)
        if len(sides) != 2 or not all(type(px) is int and low <= px <= high for px in sides):
            said = f"a height and a width from {low} to {high} pixels"
            raise SettingError(f"image_px is {self.image_px}; it must be {said}")
        if self.fit not in get_args(Fit):
            raise SettingError(f"fit is {self.fit!r}; it can be {', '.join(get_args(Fit))}")
        if not 0 <= self.around_cell <= 1:
            said = f"around_cell is {self.around_cell}"
            raise SettingError(f"{said}; it is a share of the shorter side: 0 for all, up to 1")
        object.__setattr__(self, "image_px", sides)  # TOML and JSON give a list


def fit_image(image: np.ndarray, settings: ImageSettings, smear: Smear | None = None) -> np.ndarray:
    """The image at the size of the settings, uint8 (h, w, 3), from uint8 (H, W, 3).

    Where only the part around the white cell is asked for, that is taken first. Where the settings
    have standards, it is brought to them next; `smear` is what it has of them, by default what the
    settings assume.

    Resampled by Pillow's bicubic filter, whose support grows when it shrinks, so that no detail
    is aliased; brightness and plain areas are kept.
    """
    if settings.around_cell:
        image = around_cell(image, settings.around_cell)
    if settings.standards.standards:
        image = standardise_image(image, smear or settings.standards.assumed, settings.standards)
    if image.shape[:2] == settings.image_px:
        return image
    if settings.fit == "pad":
        return pad_image(image, settings.image_px, _resized)
    centre = _centre(image, settings.image_px) if settings.fit == "crop" else None
    return _resized(image, settings.image_px, centre)


def changes_aspect(width: int, height: int, settings: ImageSettings) -> bool:
    """Whether these settings stretch an image of that size by more than one percent."""
    to_height, to_width = settings.image_px
    if settings.around_cell:
        width = height
    stretch = (to_width / width) / (to_height / height)
    return settings.fit == "squash" and abs(stretch - 1) > _ASPECT_TOLERANCE


def _resized(
    image: np.ndarray,
    image_px: tuple[int, int],
    box: tuple[float, float, float, float] | None = None,
) -> np.ndarray:
    size = (image_px[1], image_px[0])
    picture = Image.fromarray(np.ascontiguousarray(image))
    return np.array(picture.resize(size, Image.Resampling.BICUBIC, box, _REDUCING_GAP))


def _centre(image: np.ndarray, image_px: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest box of the target's shape in the middle: left, top, right, bottom."""
    height, width = image.shape[:2]
    inside_height = min(height, width * image_px[0] / image_px[1])
    inside_width = min(width, height * image_px[1] / image_px[0])
    left, top = (width - inside_width) / 2, (height - inside_height) / 2
    return left, top, left + inside_width, top + inside_height


def pad_image(
    image: np.ndarray,
    image_px: tuple[int, int],
    resize: Callable[[np.ndarray, tuple[int, int]], np.ndarray],
) -> np.ndarray:
    """The whole image in its aspect, uint8 (h, w, 3), filled up with its border's median colour.

    Args:
        image: The image (H, W, 3).
        image_px: Height and width.
        resize: Brings an image to a height and width.
    """
    height, width = image.shape[:2]
    scale = min(image_px[0] / height, image_px[1] / width)
    inside = max(1, round(height * scale)), max(1, round(width * scale))
    small = resize(image, inside)
    if inside == image_px:
        return small
    canvas = np.empty((*image_px, 3), np.uint8)
    canvas[:] = border_colour(image)
    top, left = (image_px[0] - inside[0]) // 2, (image_px[1] - inside[1]) // 2
    canvas[top : top + inside[0], left : left + inside[1]] = small
    return canvas
