"""Thumbnails on sheets: few large pictures in the page in place of thousands of small ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from buffycoat.report.audit.choice import Choice
from buffycoat.report.jpeg import jpeg_base64

__all__ = ["SHEET_SIDE", "Sheets", "make_sheets"]

SHEET_SIDE = 16
"""Thumbnails in a row and in a column of a sheet, which a browser then holds in 4 MiB."""

_QUALITY = 75
_LARGE_PX, _SMALL_PX = 64, 48  # both whole blocks of a JPEG, so that no thumbnail stains the next
_MAX_LARGE = 15_000


@dataclass(frozen=True)
class Sheets:
    """Where the thumbnail of each image lies."""

    pictures: tuple[str, ...]
    """JPEGs in base64."""
    places: tuple[int, ...]
    """For each image its number, counted over all sheets row by row; -1 where it has none."""
    thumbnail_px: int
    """Height and width of a thumbnail."""


def make_sheets(
    choice: Choice,
    thumbnails: np.ndarray | Mapping[int, np.ndarray],
    without: Mapping[int, str],
) -> Sheets:
    """The thumbnails of the chosen rows, in that order.

    Args:
        choice: The rows, and of how many of them there are pictures.
        thumbnails: (N, S, S, 3) uint8, or by row number (S, S, 3) uint8.
        without: The rows of which there is none.
    """
    pictured = choice.rows[: choice.n_pictures].tolist()
    there = [row for row in pictured if row not in without and _has(thumbnails, row)]
    number = {row: i for i, row in enumerate(there)}
    thumbnail_px = _LARGE_PX if len(there) <= _MAX_LARGE else _SMALL_PX
    n = SHEET_SIDE**2
    blocks = [there[start : start + n] for start in range(0, len(there), n)]
    pictures = tuple(_sheet([thumbnails[row] for row in block], thumbnail_px) for block in blocks)
    return Sheets(
        pictures, tuple(number.get(row, -1) for row in choice.rows.tolist()), thumbnail_px
    )


def _has(thumbnails: np.ndarray | Mapping[int, np.ndarray], row: int) -> bool:
    return row < len(thumbnails) if isinstance(thumbnails, np.ndarray) else row in thumbnails


def _sheet(block: Sequence[np.ndarray], side_px: int) -> str:
    n_rows = -(-len(block) // SHEET_SIDE)
    sheet = Image.new("RGB", (SHEET_SIDE * side_px, n_rows * side_px), "white")
    for i, thumbnail in enumerate(block):
        picture = Image.fromarray(np.ascontiguousarray(thumbnail))
        if picture.size != (side_px, side_px):
            picture = picture.resize((side_px, side_px), Image.Resampling.BOX)
        sheet.paste(picture, (i % SHEET_SIDE * side_px, i // SHEET_SIDE * side_px))
    return jpeg_base64(sheet, _QUALITY)
