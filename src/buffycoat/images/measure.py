"""Size and hashes of every image of a table, found in one reading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import polars as pl

from buffycoat.errors import ImageError
from buffycoat.images.loading import Loaded
from buffycoat.images.read import pixels_sha256
from buffycoat.images.stream import map_images

__all__ = ["measure_images"]


class _Facts(NamedTuple):
    width_px: int | None
    height_px: int | None
    file_sha256: str | None
    pixels_sha256: str | None
    reason: str | None


_SCHEMA = {
    "width_px": pl.Int64(),
    "height_px": pl.Int64(),
    "file_sha256": pl.String(),
    "pixels_sha256": pl.String(),
    "reason": pl.String(),
}


def measure_images(
    root: Path,
    frame: pl.DataFrame,
    *,
    n_threads: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """The frame with `width_px`, `height_px`, `file_sha256` and `pixels_sha256` filled.

    Sizes and `pixels_sha256` are of the sample (the box within its field); `file_sha256` is of
    the file that it lies in. Where nothing can be read, `excluded_because` becomes `unreadable:`
    and the reason, unless a reason stood there before.

    Args:
        root: The folder that `path` is relative to.
        frame: Rows of a sample table.
        n_threads: Decoders at work; by default one for each processor.
        on_progress: Called with the number of rows done so far.
    """
    facts: list[_Facts] = []
    for _, fact in map_images(_measured, root, frame, n_threads=n_threads):
        facts.append(fact)
        if on_progress:
            on_progress(len(facts))
    found = pl.DataFrame(facts, _SCHEMA, orient="row")
    reason = pl.lit("unreadable: ") + found["reason"]
    if "excluded_because" in frame.columns:
        reason = pl.coalesce("excluded_because", reason)
    return frame.with_columns(found.drop("reason")).with_columns(reason.alias("excluded_because"))


def _measured(loaded: Loaded) -> _Facts:
    file_sha256 = loaded.file.sha256() if loaded.file else None
    if isinstance(loaded.image, ImageError):
        return _Facts(None, None, file_sha256, None, str(loaded.image))
    height, width = loaded.image.shape[:2]
    return _Facts(width, height, file_sha256, pixels_sha256(loaded.image), None)
