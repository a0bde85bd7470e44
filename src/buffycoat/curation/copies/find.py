"""What an audit says of copies: which images are one photograph, and which show one field."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from buffycoat.curation.copies.clusters import Clusters, Link, cluster_copies
from buffycoat.curation.copies.findings import copies_finding, fields_finding, sizes_of
from buffycoat.curation.copies.landmarks import LANDMARKS, SMALL
from buffycoat.curation.duplicates import COPY_KEY
from buffycoat.curation.finding import Finding
from buffycoat.curation.looks.look import Looked
from buffycoat.images.stream import n_processors
from buffycoat.tables.samples import SampleTable

__all__ = ["COPY_LOOKS", "find_copies"]

COPY_LOOKS = (LANDMARKS, SMALL)
"""What copies are found by."""


def find_copies(
    samples: SampleTable,
    looked: Looked,
    *,
    n_threads: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Finding, Finding]:
    """Images of one photograph (`near_copy`), and photographs of one field (`same_field`).

    Columns `copy_cluster` and `field_cluster` name each cluster of several images after the first
    of its samples; they are empty for an image that stands alone.

    Args:
        samples: The table, N rows.
        looked: What `COPY_LOOKS` saw of them.
        n_threads: Threads that lay images on each other; by default one for each processor.
        on_progress: Called with steps done and of all.
    """
    seen = looked.has[LANDMARKS.name] & looked.has[SMALL.name]
    rows, first = np.arange(len(seen)), _first_copies(samples, seen)
    used = seen & (first == rows)
    arrays = (looked.arrays[LANDMARKS.name], looked.arrays[SMALL.name])
    threads = n_threads or n_processors()
    found = cluster_copies(*arrays, used, n_threads=threads, on_progress=on_progress)
    exact = [Link(int(first[row]), int(row), None) for row in np.flatnonzero(first != rows)]
    found = Clusters(found.photograph[first], found.field[first], (*found.links, *exact))
    unknown = ~seen & (sizes_of(first) < 2)
    return copies_finding(samples, found, unknown), fields_finding(samples, found, unknown)


def _first_copies(samples: SampleTable, seen: np.ndarray) -> np.ndarray:
    """The first of the exact copies of each row (N,), one that was seen if any was.

    It stands for all of them: their landmarks are each other's nearest, and would hide those of
    copies that are not exact.
    """
    rows = samples.frame.select("excluded_because", key=COPY_KEY).with_row_index("row")
    rows = rows.with_columns(unseen=~pl.Series(seen))
    rows = rows.filter(pl.col("key").is_not_null() & pl.col("excluded_because").is_null())
    rows = rows.select("row", first=pl.col("row").sort_by("unseen", "row").first().over("key"))
    first = np.arange(len(samples.frame))
    first[rows["row"].to_numpy()] = rows["first"].to_numpy()
    return first
