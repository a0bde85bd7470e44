"""What an audit says of copies: which images are one photograph, and which show one field."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from buffycoat.curation.copies.clusters import SAME_FIELD, Clusters, Link, cluster_copies
from buffycoat.curation.copies.landmarks import LANDMARKS, SMALL
from buffycoat.curation.copies.photographs import SAME_PHOTOGRAPH
from buffycoat.curation.copies.said import count_photographs, said_of_copies, said_of_fields
from buffycoat.curation.duplicates import COPY_KEY
from buffycoat.curation.finding import Finding
from buffycoat.curation.looks.look import Looked
from buffycoat.tables.samples import SampleTable

__all__ = ["COPY_LOOKS", "FIELD_CLUSTER", "find_copies"]

COPY_LOOKS = (LANDMARKS, SMALL)
"""What copies are found by."""
FIELD_CLUSTER = "field_cluster"
"""The column of photographs of one field; `copy_cluster` has the images of one photograph."""

_N_BESIDE = 3


def find_copies(
    samples: SampleTable,
    looked: Looked,
    *,
    n_threads: int = 2,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Finding, Finding]:
    """Images of one photograph (`near_copy`), and photographs of one field (`same_field`).

    Columns `copy_cluster` and `field_cluster` name each cluster of several images after the first
    of its samples; they are empty for an image that stands alone.

    Args:
        samples: The table, N rows.
        looked: What `COPY_LOOKS` saw of them.
        n_threads: Threads that lay images on each other.
        on_progress: Called with steps done and of all.
    """
    rows = np.flatnonzero(looked.has[LANDMARKS.name] & looked.has[SMALL.name])
    arrays = (looked.arrays[LANDMARKS.name], looked.arrays[SMALL.name])
    if len(rows) < len(samples.frame):
        arrays = (arrays[0][rows], arrays[1][rows])
    found = cluster_copies(*arrays, n_threads=n_threads, on_progress=on_progress)
    found = _spread(found, rows, len(samples.frame))
    found = _with_exact(found, samples)
    return _near_copies(samples, found), _same_fields(samples, found)


def _spread(found: Clusters, rows: np.ndarray, n: int) -> Clusters:
    """The clusters of these rows as clusters of all N; a row that was not seen stands alone."""
    photograph, field = np.arange(n), np.arange(n)
    photograph[rows], field[rows] = rows[found.photograph], rows[found.field]
    links = [
        Link(int(rows[link.first]), int(rows[link.second]), link.overlay) for link in found.links
    ]
    return Clusters(photograph, field, tuple(links))


def _with_exact(found: Clusters, samples: SampleTable) -> Clusters:
    """The clusters in which exact copies are together too, landmarks or not."""
    keys = samples.frame.select(COPY_KEY.alias("key")).with_row_index("row")
    keys = keys.filter(pl.col("key").is_not_null() & samples.frame["excluded_because"].is_null())
    first = keys.with_columns(first=pl.col("row").min().over("key")).filter(
        pl.col("row") != pl.col("first")
    )
    photograph, field = found.photograph.copy(), found.field.copy()
    for row, other in first.select("row", "first").iter_rows():
        for roots in (photograph, field):
            low, high = sorted((roots[row], roots[other]))
            roots[roots == high] = low
    return Clusters(photograph, field, found.links)


def _near_copies(samples: SampleTable, found: Clusters) -> Finding:
    size = _sizes(found.photograph)
    flags = size > 1
    links = _links(found, within=True)
    scores = _scores(links, flags)
    names = _named(samples, found.photograph, flags)
    counted = count_photographs(samples, found.photograph)
    return Finding(
        name="near_copy",
        title="Copies of one photograph",
        said=said_of_copies(samples, found.photograph),
        level="serious" if flags.any() else "note",
        scores=scores,
        flags=flags,
        reasons=_reasons(samples, links, size, flags, "one of {} images of this photograph"),
        beside=_beside(links),
        tables={"Images and photographs": counted} if flags.any() else {},
        columns={"copy_cluster": names},
        facts={
            "same_photograph": SAME_PHOTOGRAPH,
            "n_photographs": len(np.unique(found.photograph)),
        },
    )


def _same_fields(samples: SampleTable, found: Clusters) -> Finding:
    several = _counts(found.field, found.photograph) > 1
    links = _links(found, within=False)
    n_photographs = _counts(found.field, found.photograph)
    scores = _scores(links, several)
    return Finding(
        name="same_field",
        title="Several photographs of one field",
        said=said_of_fields(samples, found.photograph, found.field),
        level="serious" if several.any() else "note",
        scores=scores,
        flags=several,
        reasons=_reasons(
            samples, links, n_photographs, several, "one of {} photographs of this field"
        ),
        beside=_beside(links),
        columns={FIELD_CLUSTER: _named(samples, found.field, _sizes(found.field) > 1)},
        facts={"same_field": SAME_FIELD, "n_fields": len(np.unique(found.field))},
    )


def _sizes(roots: np.ndarray) -> np.ndarray:
    """The number of rows (N,) in the cluster of each row."""
    sizes: np.ndarray = np.bincount(roots, minlength=len(roots))[roots]
    return sizes


def _counts(roots: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """How many different parts the cluster of each row (N,) has."""
    pairs = np.unique(np.stack([roots, parts], 1), axis=0)
    counts: np.ndarray = np.bincount(pairs[:, 0], minlength=len(roots))[roots]
    return counts


def _links(found: Clusters, *, within: bool) -> list[Link]:
    """The links between images of one photograph, or those between photographs."""
    of = found.photograph
    return [link for link in found.links if (of[link.first] == of[link.second]) == within]


def _scores(links: list[Link], flags: np.ndarray) -> np.ndarray:
    """From 0.5 to 1 by the correlation with what a flagged image was laid on.

    An image that stands alone has 0; one whose cluster is known without a link of its own, 0.75.
    """
    scores = np.zeros(len(flags))
    for link in links:
        score = float(np.clip(0.5 + link.overlay.similarity / 2, 0, 1))
        for row in (link.first, link.second):
            scores[row] = max(scores[row], score)
    return np.where(flags, np.where(scores > 0, scores, 0.75), 0.0)


def _named(samples: SampleTable, roots: np.ndarray, several: np.ndarray) -> pl.Series:
    """The sample that each cluster is named after; empty for an image that stands alone."""
    ids = samples.frame["sample_id"].gather(pl.Series(roots))
    return ids.to_frame("name").select(pl.when(pl.Series(several)).then("name")).to_series()


def _reasons(
    samples: SampleTable, links: list[Link], size: np.ndarray, flags: np.ndarray, said: str
) -> dict[int, str]:
    """Why each flagged row is: how many there are, and what it was laid on."""
    ids = samples.frame["sample_id"]
    reasons = {int(row): said.format(size[row]) for row in np.flatnonzero(flags)}
    for link in links:
        for row, other in ((link.first, link.second), (link.second, link.first)):
            if row in reasons and ";" not in reasons[row]:
                seen = f"laid on {ids[other]}, {link.overlay.n_shared} landmarks agree"
                reasons[row] += f"; {seen}, correlation {link.overlay.similarity:.3f}"
    return reasons


def _beside(links: list[Link]) -> dict[int, tuple[int, ...]]:
    beside: dict[int, tuple[int, ...]] = {}
    for link in links:
        for row, other in ((link.first, link.second), (link.second, link.first)):
            beside[row] = (*beside.get(row, ()), other)[:_N_BESIDE]
    return beside
