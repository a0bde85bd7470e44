"""Fields of cells with their boxes, from Pascal VOC annotations."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from buffycoat.errors import InputError

__all__ = ["Box", "Field", "read_field", "square_around"]

Edges = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels from 0, the last two exclusive."""


@dataclass(frozen=True)
class Box:
    """One object of a field."""

    name: str
    """What the annotation calls it."""
    edges: Edges
    """Where it is."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing, or one line of pixels, is inside."""
        left, top, right, bottom = self.edges
        return right - left < 2 or bottom - top < 2


@dataclass(frozen=True)
class Field:
    """One photograph of many cells."""

    stem: str
    """The annotation's name without its ending."""
    filename: str
    """The image's name."""
    size_px: tuple[int, int]
    """Width and height; 0 where the annotation does not say."""
    boxes: tuple[Box, ...]
    """Its objects, in their order."""


def read_field(path: Path) -> Field:
    """The field that an annotation describes.

    Raises:
        InputError: when it is no Pascal VOC, declares a document type (whose entities could blow
            up), or names an image outside its folder.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise InputError(f"{path} declares a document type, which is not read: remove it")
        root = ET.fromstring(text)  # noqa: S314
        boxes = tuple(_box(found) for found in root.iter("object"))
        size = (_pixels(root, "size/width", 0), _pixels(root, "size/height", 0))
    except (OSError, UnicodeDecodeError, ET.ParseError, ValueError, OverflowError) as error:
        raise InputError(f"{path} is no readable Pascal VOC annotation: {error}") from error
    filename = (root.findtext("filename") or "").strip() or f"{path.stem}.jpg"
    return Field(path.stem, _inside(path, filename), size, boxes)


def _box(found: ET.Element) -> Box:
    left, top = (max(0, _pixels(found, f"bndbox/{edge}") - 1) for edge in ("xmin", "ymin"))
    right, bottom = (_pixels(found, f"bndbox/{edge}") for edge in ("xmax", "ymax"))
    return Box((found.findtext("name") or "").strip(), (left, top, right, bottom))


def _pixels(element: ET.Element, where: str, default: int | None = None) -> int:
    text = element.findtext(where)
    if text is None and default is None:
        raise ValueError(f"an object has no {where}")
    return default or 0 if text is None else round(float(text))


def _inside(path: Path, filename: str) -> str:
    """The file name, when it is one and not a path to somewhere else."""
    is_name = PurePosixPath(filename).name == PureWindowsPath(filename).name == filename
    if not is_name or filename in {".", ".."}:
        raise InputError(f"{path} names the image {filename!r}: it must be a file's name alone")
    return filename


def square_around(edges: Edges, size_px: tuple[int, int], margin: float) -> Edges:
    """The square around a box with a margin, moved into the field, and cut where it is smaller.

    Args:
        edges: The box.
        size_px: Width and height of the field; 0 where it is not known.
        margin: What is added on each side, as a share of the box's longer side.

    >>> square_around((0, 40, 100, 90), (640, 480), 0.1)
    (0, 5, 120, 125)
    """
    left, top, right, bottom = edges
    side = round(max(right - left, bottom - top) * (1 + 2 * margin))
    x = _span((left + right) / 2, side, size_px[0])
    y = _span((top + bottom) / 2, side, size_px[1])
    return (x[0], y[0], x[1], y[1])


def _span(middle: float, side: int, limit: int) -> tuple[int, int]:
    length = min(side, limit) if limit else side
    start = max(0, round(middle - length / 2))
    start = min(start, limit - length) if limit else start
    return start, start + length
