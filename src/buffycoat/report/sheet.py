"""A sheet of small pictures in rows, each row with its name: one PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from buffycoat.tables.files import replacing

__all__ = ["draw_sheet"]

_GAP_PX = 4
_NAME_PX = 200
_TITLE_PX = 28
_PAPER, _INK, _FAINT = (255, 255, 255), (20, 20, 20), (110, 110, 110)

Row = tuple[str, str, np.ndarray]
"""A name, a remark, and pictures (M, H, W, 3), uint8."""


def draw_sheet(blocks: Sequence[tuple[str, Sequence[Row]]], path: Path) -> Path:
    """Draw rows of pictures in blocks, each block under its title.

    Args:
        blocks: Titles, and the rows under each; all pictures have one size.
        path: The PNG file.

    Raises:
        DiskError: when it cannot be written.
    """
    rows = [row for _, block in blocks for row in block]
    high, wide = rows[0][2].shape[1:3]
    n_most = max(len(pictures) for *_, pictures in rows)
    width = _NAME_PX + n_most * (wide + _GAP_PX)
    height = len(blocks) * _TITLE_PX + len(rows) * (high + _GAP_PX) + _GAP_PX
    sheet = Image.new("RGB", (width, height), _PAPER)
    pen, top = ImageDraw.Draw(sheet), _GAP_PX
    for title, block in blocks:
        pen.text((_GAP_PX, top), title, _INK, _font(16))
        top += _TITLE_PX
        for name, remark, pictures in block:
            pen.text((_GAP_PX, top + high // 2 - 16), name, _INK, _font(14))
            pen.text((_GAP_PX, top + high // 2 + 4), remark, _FAINT, _font(11))
            for i, picture in enumerate(pictures):
                place = (_NAME_PX + i * (wide + _GAP_PX), top)
                sheet.paste(Image.fromarray(picture), place)
            top += high + _GAP_PX
    with replacing(path) as beside:
        sheet.save(beside, "PNG", optimize=True)
    return path


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
