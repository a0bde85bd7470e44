"""All images of a table, decoded on several threads, in row order, memory bounded."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from buffycoat.errors import ImageError
from buffycoat.images.loading import Load, Loaded, plan_loads

__all__ = ["map_images", "n_processors", "stream_images"]

Result = TypeVar("Result")

_LOADS_PER_THREAD = 3  # one at work, the others waiting: enough that no thread ever does
_MAX_THREADS = 32


def stream_images(
    root: Path, frame: pl.DataFrame, *, n_threads: int | None = None
) -> Iterator[tuple[int, np.ndarray | ImageError]]:
    """Each row's number with its image, uint8 (H, W, 3), or the reason why there is none.

    Args:
        root: The folder that `path` is relative to.
        frame: Rows of a sample table: `path`, and `item` and `box` where it has them.
        n_threads: Decoders at work; by default one for each processor.
    """
    return map_images(lambda loaded: loaded.image, root, frame, n_threads=n_threads)


def map_images(
    work: Callable[[Loaded], Result],
    root: Path,
    frame: pl.DataFrame,
    *,
    n_threads: int | None = None,
) -> Iterator[tuple[int, Result]]:
    """Each row's number with what `work` makes of it, in row order.

    `work` runs on the thread that decoded the image, so what it costs is shared too.
    """
    n_threads = n_threads or n_processors()
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="images")
    with pool, closing(plan_loads(root, frame)) as loads:
        waiting: deque[Future[list[tuple[int, Result]]]] = deque()
        try:
            for load in islice(loads, n_threads * _LOADS_PER_THREAD):
                waiting.append(pool.submit(_worked, work, load))
            while waiting:
                done = waiting.popleft().result()
                for load in islice(loads, 1):
                    waiting.append(pool.submit(_worked, work, load))
                yield from done
        finally:
            for future in waiting:
                future.cancel()


def _worked(work: Callable[[Loaded], Result], load: Load) -> list[tuple[int, Result]]:
    return [(loaded.row, work(loaded)) for loaded in load()]


def n_processors() -> int:
    """Processors that this process may use, 32 at most."""
    # not os.cpu_count(): a container or a scheduler may give us fewer
    allowed = getattr(os, "sched_getaffinity", None)
    return min(_MAX_THREADS, len(allowed(0)) if allowed else os.cpu_count() or 1)
