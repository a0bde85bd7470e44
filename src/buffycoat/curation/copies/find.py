"""What an audit says of copies: which images are one photograph, and which show one field."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from buffycoat.curation.copies.clusters import SAME_FIELD, Clusters, Link, cluster_copies
from buffycoat.curation.copies.landmarks import LANDMARKS, SMALL
from buffycoat.curation.copies.photographs import SAME_PHOTOGRAPH
from buffycoat.curation.copies.registration import Overlay
from buffycoat.curation.copies.said import count_photographs, said_of_copies, said_of_fields
from buffycoat.curation.duplicates import COPY_KEY
from buffycoat.curation.finding import Finding, Level
from buffycoat.curation.looks.look import Looked
from buffycoat.tables.samples import SampleTable

__all__ = ["COPY_LOOKS", "FIELD_CLUSTER", "find_copies"]

COPY_LOOKS = (LANDMARKS, SMALL)
"""What copies are found by."""
FIELD_CLUSTER = "field_cluster"
"""The column of photographs of one field; `copy_cluster` has the images of one photograph."""

_N_BESIDE = 3
_MANY = 0.05  # of the images, from which copies are serious
_SAME_CELL = 0.7  # of the area in common, from which two cuts are about the same cell


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
    seen = looked.has[LANDMARKS.name] & looked.has[SMALL.name]
    rows, first = np.arange(len(seen)), _first_copies(samples, seen)
    used = seen & (first == rows)
    arrays = (looked.arrays[LANDMARKS.name], looked.arrays[SMALL.name])
    found = cluster_copies(*arrays, used, n_threads=n_threads, on_progress=on_progress)
    exact = [Link(int(first[row]), int(row), None) for row in np.flatnonzero(first != rows)]
    found = Clusters(found.photograph[first], found.field[first], (*found.links, *exact))
    unknown = ~seen & (_sizes(first) < 2)
    return _near_copies(samples, found, unknown), _same_fields(samples, found, unknown)


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


def _near_copies(samples: SampleTable, found: Clusters, unknown: np.ndarray) -> Finding:
    size = _sizes(found.photograph)
    flags = size > 1
    links = _links(found, within=True)
    scores = np.where(unknown, np.nan, _scores(links, flags))
    names, conflicts = _named(samples, found.photograph, flags), _conflicts(samples, links)
    counted = count_photographs(samples, found.photograph)
    return Finding(
        name="near_copy",
        title="Copies and overlapping cuts of one photograph",
        said=(*conflicts, *said_of_copies(samples, found.photograph)),
        level=_level(flags, conflicts),
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


def _same_fields(samples: SampleTable, found: Clusters, unknown: np.ndarray) -> Finding:
    several = _counts(found.field, found.photograph) > 1
    links = _links(found, within=False)
    n_photographs, conflicts = _counts(found.field, found.photograph), _conflicts(samples, links)
    scores = np.where(unknown, np.nan, _scores(links, several))
    return Finding(
        name="same_field",
        title="Several photographs of one field",
        said=(*conflicts, *said_of_fields(samples, found.photograph, found.field)),
        level=_level(several, conflicts),
        scores=scores,
        flags=several,
        reasons=_reasons(
            samples, links, n_photographs, several, "one of {} photographs of this field"
        ),
        beside=_beside(links),
        columns={FIELD_CLUSTER: _named(samples, found.field, _sizes(found.field) > 1)},
        facts={"same_field": SAME_FIELD, "n_fields": len(np.unique(found.field))},
    )


def _level(flags: np.ndarray, conflicts: tuple[str, ...]) -> Level:
    """A few copies are harmless once they share a group; many change what the set is worth."""
    if conflicts or flags.mean() >= _MANY:
        return "serious"
    return "look" if flags.any() else "note"


def _conflicts(samples: SampleTable, links: list[Link]) -> tuple[str, ...]:
    """A sentence about pairs that show the same cell, not only neighbours, under two labels."""
    labels, ids = samples.frame["label"], samples.frame["sample_id"]
    pairs = [
        (link.first, link.second)
        for link in links
        if link.overlay is not None and link.overlay.overlap >= _SAME_CELL
    ]
    apart = [
        (one, other)
        for one, other in pairs
        if labels[one] and labels[other] and labels[one] != labels[other]
    ]
    if not apart:
        return ()
    named = " and ".join(f"{ids[row]} ({labels[row]})" for row in apart[0])
    several = (
        f"{len(apart)} pairs show the same cell" if len(apart) > 1 else "A pair shows one cell"
    )
    return (f"{several} under two labels, such as {named}.",)


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
        similarity = link.overlay.similarity if link.overlay else 1.0
        score = float(np.clip(0.5 + similarity / 2, 0, 1))
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
                reasons[row] += f"; {_seen(link.overlay, ids[other])}"
    return reasons


def _seen(overlay: Overlay | None, other: str) -> str:
    if overlay is None:
        return f"the same pixels as {other}"
    agree = f"{overlay.n_shared} landmarks agree"
    return f"laid on {other}, {agree}, correlation {overlay.similarity:.3f}"


def _beside(links: list[Link]) -> dict[int, tuple[int, ...]]:
    beside: dict[int, tuple[int, ...]] = {}
    for link in links:
        for row, other in ((link.first, link.second), (link.second, link.first)):
            beside[row] = (*beside.get(row, ()), other)[:_N_BESIDE]
    return beside
