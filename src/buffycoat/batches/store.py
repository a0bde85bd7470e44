"""All images of a table, decoded once, as one memory-mapped array that runs share."""

from __future__ import annotations

import contextlib
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from buffycoat.batches.cache import remove_partials, stores_root
from buffycoat.batches.store_folder import (
    FACTS,
    DamagedStoreError,
    StoreContents,
    folder_name,
    read_store,
    size_on_disk,
    store_key,
)
from buffycoat.batches.store_lock import locked
from buffycoat.batches.store_writer import fitted_images, set_aside, write_store
from buffycoat.errors import BuffycoatWarning, DiskError, ImageError
from buffycoat.images.fit import ImageSettings
from buffycoat.tables.files import explain_disk_errors
from buffycoat.tables.samples import SampleTable

__all__ = ["Store", "open_store", "store_bytes"]

_INDEX_BYTES = 96  # per image: two hexadecimal hashes' worth, generously
_HINT = "set BUFFYCOAT_CACHE to a folder with room, or free some with `buffycoat cache --clear`"


@dataclass(frozen=True)
class Store:
    """Decoded and fitted images; copies with the same pixels are stored once."""

    path: Path
    """Its folder in the cache."""
    pixels: np.ndarray
    """The images, uint8 (M, h, w, 3), memory-mapped and read-only."""
    hashes: tuple[str, ...]
    """The `pixels_sha256` of each of them (M)."""
    failures: dict[str, str]
    """Why an image of the table is not in the store, by its `pixels_sha256`."""
    n_bytes: int
    """What it takes on the disk."""

    def rows_of(self, frame: pl.DataFrame) -> np.ndarray:
        """The row in `pixels` of each row of a sample frame, int64 (N,); -1 where there is none."""
        rows = pl.DataFrame({"pixels_sha256": self.hashes}, {"pixels_sha256": pl.String})
        wanted = frame.select("pixels_sha256")
        found = wanted.join(
            rows.with_row_index("row"), on="pixels_sha256", how="left", maintain_order="left"
        )
        return found["row"].cast(pl.Int64).fill_null(-1).to_numpy(writable=True)


def store_bytes(table: SampleTable, settings: ImageSettings) -> int:
    """What the store of a table takes on the disk, in bytes."""
    height, width = settings.image_px
    n_images = table.frame["pixels_sha256"].drop_nulls().n_unique()
    return n_images * (height * width * 3 + _INDEX_BYTES)


def open_store(
    table: SampleTable,
    settings: ImageSettings,
    *,
    cache: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Store:
    """The store of a table's images; written first where the cache does not have it.

    It holds excluded rows too and knows no label or split, so that a table keeps its store
    through every later step. A damaged store is written again. Images that changed or vanished
    since the import get no row but a reason in `failures`, and a warning.

    Args:
        table: A sample table; rows without `pixels_sha256` have no image.
        settings: Size and fit.
        cache: The cache's folder; by default `cache_root()`.
        on_progress: Called with the images written and the number of all.

    Raises:
        DiskError: when there is no room for it, or no permission; says how much it needs.
    """
    rows = table.frame.filter(pl.col("pixels_sha256").is_not_null())
    key = store_key(rows, settings)
    folder = stores_root(cache) / folder_name(key)
    with contextlib.suppress(DamagedStoreError, FileNotFoundError):
        return _opened(folder, key, table.root, rows, settings)
    with _explained(folder.parent), _writing(folder):
        try:  # another process may have written it while we waited
            return _opened(folder, key, table.root, rows, settings)
        except DamagedStoreError as error:
            said = f"the image store {folder} is written again: {error}"
            warnings.warn(said, BuffycoatWarning, stacklevel=2)
            set_aside(folder)
        except FileNotFoundError:
            pass
        _check_disk(folder.parent, store_bytes(table, settings))
        write_store(folder, key, table.root, rows, settings, on_progress)
        return _as_store(folder, read_store(folder, key))


def _opened(
    folder: Path, key: str, root: Path, rows: pl.DataFrame, settings: ImageSettings
) -> Store:
    contents = read_store(folder, key)
    failing = rows.filter(pl.col("pixels_sha256").is_in(list(contents.facts.failures)))
    for _, fitted in fitted_images(root, failing, settings):
        if not isinstance(fitted, ImageError):
            raise DamagedStoreError("images that were missing are there again")
    return _as_store(folder, contents)


def _as_store(folder: Path, contents: StoreContents) -> Store:
    with contextlib.suppress(OSError):  # a cache that can only be read serves as well
        os.utime(folder / FACTS)
    failures = contents.facts.failures
    for reason in list(failures.values())[:1]:
        said = f"{len(failures)} images changed or vanished since the import, the first: {reason}"
        warnings.warn(said, BuffycoatWarning, stacklevel=3)
    hashes = tuple(contents.index["pixels_sha256"])
    return Store(folder, contents.pixels, hashes, failures, size_on_disk(folder))


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_partials(folder.parent)
    with locked(folder.with_name(f"{folder.name}.lock"), wait=True):
        yield


@contextlib.contextmanager
def _explained(stores: Path) -> Iterator[None]:
    try:
        with explain_disk_errors(stores):
            yield
    except DiskError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        said = f"the image store cannot be written to {stores} ({error.__cause__.strerror})"
        raise DiskError(f"{said}: {_HINT}") from error


def _check_disk(stores: Path, needed: int) -> None:
    free = shutil.disk_usage(stores).free
    if needed > free:
        said = f"the image store needs {needed / 1e6:,.1f} MB in {stores}"
        raise DiskError(f"{said}, where {free / 1e6:,.1f} MB are free: {_HINT}")
