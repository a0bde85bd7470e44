"""Write a store: decode every image once, fit it, append it, and move the folder into place."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from buffycoat.batches.store_folder import PIXELS, crc32, remove_files, write_facts
from buffycoat.errors import ImageError
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.loading import Loaded
from buffycoat.images.read import pixels_sha256
from buffycoat.images.standards.columns import row_smears
from buffycoat.images.stream import map_images

__all__ = ["fitted_images", "partial_folder", "set_aside", "write_store"]

Progress = Callable[[int, int], None]


def write_store(
    folder: Path,
    key: str,
    root: Path,
    rows: pl.DataFrame,
    settings: ImageSettings,
    on_progress: Progress | None = None,
) -> None:
    """Write a store beside its place and move it there, unless another process was faster.

    Args:
        folder: Where the store will be.
        key: Its key.
        root: The folder that `path` is relative to.
        rows: The rows of a sample table that have a `pixels_sha256`, copies included.
        settings: Size and fit.
        on_progress: Called with the images done and the number of all.
    """
    with partial_folder(folder) as partial:
        with (partial / PIXELS).open("wb") as file:
            index, failures = _append_all(file, root, rows, settings, on_progress)
        write_facts(partial, key, settings, index, failures)
        try:
            partial.rename(folder)
        except OSError:
            if not folder.is_dir():  # otherwise another process has put the same store there
                raise


@contextlib.contextmanager
def partial_folder(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder` for its contents; removed unless it was moved."""
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    partial.mkdir(parents=True)
    try:
        yield partial
    finally:
        remove_files(partial)


def set_aside(folder: Path) -> None:
    """Take a store out of its place at once and remove it."""
    with partial_folder(folder) as aside, contextlib.suppress(FileNotFoundError):
        folder.rename(aside)


def fitted_images(
    root: Path, rows: pl.DataFrame, settings: ImageSettings
) -> Iterator[tuple[str, np.ndarray | ImageError]]:
    """Each row's `pixels_sha256` with its fitted image, or why those pixels are not there."""
    hashes = rows["pixels_sha256"].to_list()
    smears = row_smears(rows, settings.standards)

    def work(loaded: Loaded) -> np.ndarray | ImageError:
        if isinstance(loaded.image, ImageError):
            return loaded.image
        if pixels_sha256(loaded.image) != hashes[loaded.row]:
            return ImageError("its pixels changed since the import: import again")
        return np.ascontiguousarray(fit_image(loaded.image, settings, smears[loaded.row]))

    for row, fitted in map_images(work, root, rows):
        yield hashes[row], fitted


def _append_all(
    file: BinaryIO,
    root: Path,
    rows: pl.DataFrame,
    settings: ImageSettings,
    on_progress: Progress | None,
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Append one image per hash; where its first copy fails, the others are tried."""
    first = rows["pixels_sha256"].is_first_distinct()
    n_all = int(first.sum())
    stored: dict[str, int] = {}
    failures: dict[str, str] = {}

    def append(tried: pl.DataFrame) -> None:
        for sha256, fitted in fitted_images(root, tried, settings):
            if isinstance(fitted, ImageError):
                failures.setdefault(sha256, str(fitted))
            elif sha256 not in stored:
                file.write(fitted.data)
                stored[sha256] = crc32(fitted)
                failures.pop(sha256, None)
            if on_progress:
                on_progress(len(stored) + len(failures), n_all)

    append(rows.filter(first))
    append(rows.filter(~first & rows["pixels_sha256"].is_in(list(failures))))
    index = {"pixels_sha256": list(stored), "crc32": list(stored.values())}
    return pl.DataFrame(index, {"pixels_sha256": pl.String, "crc32": pl.UInt32}), failures
