"""Images as files: copied byte for byte where they are files, as PNG where they are parts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import polars as pl

from buffycoat.errors import ImageError, InputError
from buffycoat.exports.names import is_whole_file
from buffycoat.images.loading import Loaded
from buffycoat.images.read import pixels_sha256
from buffycoat.images.stream import map_images
from buffycoat.images.write import write_png

__all__ = ["read_checked", "write_files"]


def write_files(
    root: Path,
    rows: pl.DataFrame,
    places: Mapping[int, Path],
    *,
    on_progress: Callable[[int], None] | None = None,
) -> None:
    """Write an image for each row that has a place; all are read, and held against the table.

    Args:
        root: The folder that `path` is relative to.
        rows: Rows of a sample table.
        places: The file to write, by row.
        on_progress: Called with the number of rows done so far.

    Raises:
        InputError: when an image is not there any more, or not what it was at its import.
        DiskError: when it cannot be written.
    """
    facts = rows.select("sample_id", "path", "item", "box", "pixels_sha256").to_dicts()

    def written(loaded: Loaded) -> None:
        row, image = facts[loaded.row], read_checked(loaded, facts[loaded.row])
        place = places.get(loaded.row)
        if place is None:
            return
        if not is_whole_file(row) or loaded.file is None:
            write_png(image, place)
        elif loaded.file.data is not None:
            place.write_bytes(loaded.file.data)
        else:
            shutil.copyfile(loaded.file.path, place)

    for place in {place.parent for place in places.values()}:
        place.mkdir(parents=True, exist_ok=True)
    for row, _ in map_images(written, root, rows):
        if on_progress:
            on_progress(row + 1)


def read_checked(loaded: Loaded, row: Mapping[str, object]) -> np.ndarray:
    """The image of a row, as it was when it was imported.

    Raises:
        InputError: when it cannot be read, or has other pixels now.
    """
    if isinstance(loaded.image, ImageError):
        raise InputError(f"{row['sample_id']}: {loaded.image}; import again")
    known = row["pixels_sha256"]
    if known is not None and pixels_sha256(loaded.image) != known:
        raise InputError(
            f"{row['sample_id']} has other pixels than when it was imported: import again"
        )
    return loaded.image
