"""Findings about copies: which rows, why, what beside them, and how much it matters."""

from __future__ import annotations

import numpy as np
import polars as pl

from buffycoat.curation.copies.clusters import SAME_FIELD, Clusters, Link
from buffycoat.curation.copies.photographs import SAME_PHOTOGRAPH
from buffycoat.curation.copies.registration import Overlay
from buffycoat.curation.copies.said import count_photographs, said_of_copies, said_of_fields
from buffycoat.curation.finding import Finding, Level
from buffycoat.tables.samples import SampleTable

__all__ = ["FIELD_CLUSTER", "copies_finding", "fields_finding", "sizes_of"]

FIELD_CLUSTER = "field_cluster"
"""The column of photographs of one field; `copy_cluster` has the images of one photograph."""

_N_BESIDE = 3
_MANY = 0.05  # of the images, from which copies are serious
_SAME_CELL = 0.12  # how far the middles of two cuts of the same cell lie apart at most


def copies_finding(samples: SampleTable, found: Clusters, unknown: np.ndarray) -> Finding:
    """The finding `near_copy`, with the column `copy_cluster`.

    Args:
        samples: The table, N rows.
        found: The clusters of its images.
        unknown: Which rows (N,) could not be seen.
    """
    size = sizes_of(found.photograph)
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


def fields_finding(samples: SampleTable, found: Clusters, unknown: np.ndarray) -> Finding:
    """The finding `same_field`, with the column `field_cluster`; arguments as above."""
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
        columns={FIELD_CLUSTER: _named(samples, found.field, sizes_of(found.field) > 1)},
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
        if link.overlay is not None and link.overlay.centre_shift <= _SAME_CELL
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


def sizes_of(roots: np.ndarray) -> np.ndarray:
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
    alike = f"correlation {overlay.similarity:.3f}, {overlay.overlap:.0%} in common"
    return f"laid on {other}, {agree}, {alike}"


def _beside(links: list[Link]) -> dict[int, tuple[int, ...]]:
    beside: dict[int, tuple[int, ...]] = {}
    for link in links:
        for row, other in ((link.first, link.second), (link.second, link.first)):
            beside[row] = (*beside.get(row, ()), other)[:_N_BESIDE]
    return beside
