"""Which images the page of an audit shows: all of a small table, of a large one the flagged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from buffycoat.curation.finding import Finding

__all__ = ["MAX_PICTURES", "MAX_ROWS", "Choice", "choose_rows", "ranked_rows"]

MAX_PICTURES = 20_000
"""Up to so many images the page shows all; of more, the flagged ones and a sample."""
MAX_ROWS = 60_000
"""So many images the page names at most."""

_N_SAMPLE = 5_000
_SEED = 0


@dataclass(frozen=True)
class Choice:
    """The rows of a table that the page knows, in the order in which it keeps them."""

    rows: np.ndarray
    """Row numbers, each once: those of the first findings first, so that they lie together."""
    n_pictures: int
    """Of the first so many there is a picture."""
    n_flagged: int
    """How many rows of the table are flagged."""
    n_sampled: int | None
    """How many rows were drawn from the others; None where all are there."""


def choose_rows(n_rows: int, findings: Sequence[Finding]) -> Choice:
    """The rows that the page of these findings shows; an audit need look at no others for it.

    Args:
        n_rows: The length of the table.
        findings: What was found, in the order of the page.
    """
    ranked = [ranked_rows(finding) for finding in findings]
    flagged = _first_of_each([*ranked, []])
    pairs = zip(findings, ranked, strict=True)
    beside = _first_of_each([*(_beside(finding, rows) for finding, rows in pairs), []])
    wanted = _unique(np.concatenate([flagged, beside]))
    if n_rows <= MAX_PICTURES:
        rest = np.setdiff1d(np.arange(n_rows), wanted)
        rows = np.concatenate([_by_finding(ranked, wanted), rest])
        return Choice(rows, n_rows, len(flagged), None)
    pictured, listed = wanted[:MAX_PICTURES], wanted[MAX_PICTURES:MAX_ROWS]
    n_sample = min(_N_SAMPLE, MAX_PICTURES - len(pictured))
    sample = _sample(np.setdiff1d(np.arange(n_rows), wanted), n_sample)
    rows = np.concatenate([_by_finding(ranked, pictured), sample, listed])
    return Choice(rows, len(pictured) + len(sample), len(flagged), len(sample))


def ranked_rows(finding: Finding) -> np.ndarray:
    """The flagged rows of a finding, the worst score first; ties in the order of the table."""
    if finding.flags is None:
        return np.array([], np.int64)
    rows = np.flatnonzero(finding.flags)
    if finding.scores is None:
        return rows
    # NaN sorts last: a flagged row without a score comes after all that have one.
    return rows[np.argsort(-np.asarray(finding.scores, np.float64)[rows], kind="stable")]


def _beside(finding: Finding, rows: np.ndarray) -> list[int]:
    return list(chain.from_iterable(finding.beside.get(int(row), ()) for row in rows))


def _first_of_each(lists: Iterable[Sequence[int] | np.ndarray]) -> np.ndarray:
    """All numbers once: the first of every list, then the second of every list, and so on."""
    arrays = [np.asarray(values, np.int64) for values in lists]
    place = np.concatenate([np.arange(len(values)) for values in arrays])
    return _unique(np.concatenate(arrays)[np.argsort(place, kind="stable")])


def _unique(rows: np.ndarray) -> np.ndarray:
    """Each number once, where it first occurs."""
    first = np.unique(rows, return_index=True)[1]
    chosen: np.ndarray = rows[np.sort(first)]
    return chosen


def _by_finding(ranked: Sequence[np.ndarray], chosen: np.ndarray) -> np.ndarray:
    """The chosen rows, those of one finding together."""
    if not len(chosen):
        return chosen
    order = _unique(np.concatenate([*ranked, chosen]))
    together: np.ndarray = order[np.isin(order, chosen)]
    return together


def _sample(rows: np.ndarray, n: int) -> np.ndarray:
    return np.sort(np.random.default_rng(_SEED).choice(rows, min(n, len(rows)), replace=False))
