"""What the header of an image file says, apart from the pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
from PIL import Image

from buffycoat.errors import ImageError
from buffycoat.images.decode import open_image
from buffycoat.images.read import open_file, split_npz_path

__all__ = ["SCHEMA", "read_headers"]

SCHEMA: dict[str, pl.DataType] = {
    "path": pl.String(),
    "n_bytes": pl.Int64(),
    "suffix": pl.String(),
    "format": pl.String(),
    "mode": pl.String(),
    "compression": pl.String(),
    "metadata": pl.String(),
    "failed": pl.String(),
}
"""Columns of `read_headers`. `compression` and `metadata` are texts that are equal where files
were compressed alike and say the same of themselves; `failed` says why there is nothing."""

_SUM_AT_50 = 3689  # of libjpeg's table of brightness at quality 50
_EXIF_TAGS = {"make": 271, "model": 272, "software": 305, "artist": 315}


def read_headers(
    root: Path, paths: pl.Series, on_progress: Callable[[int, int], None] | None = None
) -> pl.DataFrame:
    """One row for each file among the paths, ordered by path; arrays have no header and no row.

    Args:
        root: The folder that the paths are relative to.
        paths: Paths of a sample table.
        on_progress: Called with the files done and all of them.
    """
    files = [path for path in paths.unique().sort() if not split_npz_path(Path(path))]
    rows = []
    for done, path in enumerate(files, 1):
        rows.append({"path": path, "suffix": Path(path).suffix.lower(), **_said(root / path)})
        if on_progress and (done % 256 == 0 or done == len(files)):
            on_progress(done, len(files))
    return pl.DataFrame(rows, schema=SCHEMA)


def _said(path: Path) -> dict[str, object]:
    try:
        with open_file(path) as file, open_image(file) as image:
            return {
                "n_bytes": path.stat().st_size,
                "format": image.format,
                "mode": image.mode,
                "compression": _compression(image),
                "metadata": _metadata(image),
            }
    except ImageError as error:
        return {"failed": str(error)}


def _compression(image: Image.Image) -> str:
    """Of JPEG the quality, the sampling of each colour and a hash of the quantisation tables."""
    tables = getattr(image, "quantization", None)
    if not tables:
        return str(image.info.get("compression", "none"))
    sampling = " ".join(f"{layer[1]}x{layer[2]}" for layer in getattr(image, "layer", ()))
    told = repr([(key, list(tables[key])) for key in sorted(tables)])
    mark = hashlib.sha256(told.encode()).hexdigest()[:6]
    how = "progressive" if image.info.get("progressive") else "baseline"
    return f"quality {_quality(next(iter(tables.values())))}, {how}, {sampling}, tables {mark}"


def _quality(table: Sequence[int]) -> int:
    """About the quality (1 to 100) that libjpeg was asked for, from the table of brightness."""
    percent = 100 * sum(table) / _SUM_AT_50
    return round(100 - percent / 2 if percent <= 100 else 5000 / percent)


def _metadata(image: Image.Image) -> str:
    """Resolution, comment, profile and origin as far as the header names them."""
    dpi = image.info.get("dpi", image.info.get("jfif_density"))
    exif = image.getexif()
    told = [f"{name} {exif[tag]}" for name, tag in _EXIF_TAGS.items() if tag in exif]
    told += [name for name in ("exif", "icc_profile", "gamma") if name in image.info]
    if dpi:
        told.insert(0, "x".join(str(round(float(side))) for side in dpi) + " dpi")
    if "comment" in image.info:
        told.append(f"comment {str(image.info['comment'])[:100]}")
    return ", ".join(told) or "nothing"
