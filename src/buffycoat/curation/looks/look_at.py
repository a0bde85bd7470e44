"""Look at every image of a table once, for all looks together; what was seen before is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from buffycoat.curation.duplicates import COPY_KEY
from buffycoat.curation.looks.kept import looks_root
from buffycoat.curation.looks.look import Look, Looked
from buffycoat.curation.looks.shelf import Shelf
from buffycoat.errors import ImageError
from buffycoat.images.loading import Loaded
from buffycoat.images.stream import map_images
from buffycoat.tables.samples import SampleTable

__all__ = ["look_at"]

_N_BLOCK = 256  # images after which what was seen is written: an interrupted audit loses no more


def look_at(
    samples: SampleTable,
    looks: Sequence[Look],
    *,
    cache: Path | None = None,
    n_threads: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Looked:
    """What the looks give for each row of a table.

    Images with the same pixels are looked at once. Rows that were excluded before are not looked
    at. A look that fails on an image leaves it empty there, with the reason.

    Args:
        samples: The table, N rows.
        looks: What to compute.
        cache: The folder in which it is kept between calls; by default that of the user.
        n_threads: Threads at work; by default one for each processor.
        on_progress: Called with the number of images done and of all that are to be looked at.
    """
    rows = samples.frame.with_row_index("row").with_columns(key=COPY_KEY)
    rows = rows.filter(pl.col("excluded_because").is_null())
    folder = looks_root(cache)
    is_known = not rows["key"].null_count()  # without hashes nothing can be recognised later
    shelves = [Shelf(look, folder if is_known else None) for look in looks]
    rows = rows.with_columns(key=pl.coalesce("key", pl.format("row {}", "row")))
    first = rows.unique("key", keep="first", maintain_order=True)
    known = [first["key"].is_in(shelf.keys).to_numpy() for shelf in shelves]
    open_ = first.filter(~np.logical_and.reduce(known)) if known else first.head(0)
    failed = _seen(samples, open_, shelves, n_threads, on_progress)
    return _gathered(shelves, rows, len(samples.frame), failed)


def _seen(
    samples: SampleTable,
    rows: pl.DataFrame,
    shelves: Sequence[Shelf],
    n_threads: int | None,
    on_progress: Callable[[int, int], None] | None,
) -> dict[str, str]:
    """Fill the shelves with what is missing; by key, why something still is."""
    failed: dict[str, str] = {}
    work = partial(_looked, [shelf.look for shelf in shelves])
    keys = rows["key"].to_list()
    found = map_images(work, samples.root, rows.select("path", "item", "box"), n_threads=n_threads)
    for done, (row, (values, reason)) in enumerate(found, 1):
        for shelf, value in zip(shelves, values, strict=True):
            if value is not None and keys[row] not in shelf.keys:
                shelf.add(keys[row], value)
        if reason:
            failed[keys[row]] = reason
        if done % _N_BLOCK == 0 or done == len(keys):
            for shelf in shelves:
                shelf.write()
        if on_progress:
            on_progress(done, len(keys))
    return failed


def _looked(looks: Sequence[Look], loaded: Loaded) -> tuple[list[np.ndarray | None], str]:
    """What each look gives for an image, None where it gives nothing, and why."""
    if isinstance(loaded.image, ImageError):
        return [None] * len(looks), str(loaded.image)
    loaded.image.flags.writeable = False  # one look cannot change what the next one sees
    values: list[np.ndarray | None] = []
    reasons = []
    for look in looks:
        try:
            values.append(_checked(look, loaded.image))
        except Exception as error:
            values.append(None)
            reasons.append(f"{look.name}: {error or error.__class__.__name__}")
    return values, "; ".join(reasons)


def _checked(look: Look, image: np.ndarray) -> np.ndarray:
    value = np.asarray(look.of(image), look.dtype)
    if value.shape != look.shape:
        raise ValueError(f"gave an array of shape {value.shape}, not {look.shape}")
    if value.dtype.kind == "f" and not np.isfinite(value).all():
        raise ValueError("gave what is no number")
    return value


def _gathered(
    shelves: Sequence[Shelf], rows: pl.DataFrame, n_rows: int, failed: dict[str, str]
) -> Looked:
    keys, place = rows["key"].to_list(), rows["row"].to_numpy()
    arrays, has = {}, {}
    for shelf in shelves:
        name = shelf.look.name
        arrays[name], has[name] = shelf.take(keys, place, n_rows)
    reasons = {int(row): failed[key] for key, row in zip(keys, place, strict=True) if key in failed}
    return Looked(arrays, has, reasons)
