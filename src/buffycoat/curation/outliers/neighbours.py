"""The nearest neighbours of every row, by FAISS: exact for some ten thousands of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from buffycoat.curation.inverted_file import by_list, inverted_file, search_together

__all__ = ["N_EXACT", "nearest"]

N_EXACT = 30_000
"""Rows up to which every pair is compared; beyond, the nearest lists are searched."""

_N_PER_LIST = 500
_N_TRAINED = 40  # rows per list that the lists are learned from
_N_SEARCHED = 8
_N_BLOCK = 65_536  # rows searched at once: memory stays flat


def nearest(
    vectors: np.ndarray, k: int, *, among: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Distances and rows (N, k) of the nearest neighbours of each vector (N, d), nearest first.

    Args:
        vectors: The rows, float32.
        k: Neighbours of each; a row is none of its own.
        among: Other rows (M, d) to look among; by default the rows themselves.
    """
    index = _index(vectors if among is None else among)
    own = among is None
    apart = np.empty((len(vectors), k + own), np.float32)
    rows = np.empty(apart.shape, np.int64)
    order = by_list(index, vectors, _N_BLOCK)
    for start in range(0, len(vectors), _N_BLOCK):
        here = order[start : start + _N_BLOCK]
        apart[here], rows[here] = search_together(index, vectors[here], k + own)
    apart = np.sqrt(np.maximum(np.where(rows < 0, np.float32(np.inf), apart), 0))
    return _without_self(apart, rows) if own else (apart, rows)


def _index(vectors: np.ndarray) -> Any:
    import faiss

    n, width = vectors.shape
    index: Any = faiss.IndexFlatL2(width)
    if n > N_EXACT:
        n_lists = n // _N_PER_LIST
        sample = vectors[:: max(1, n // (n_lists * _N_TRAINED))]
        index = inverted_file(sample, n_lists, n_searched=_N_SEARCHED)
    index.add(np.ascontiguousarray(vectors))
    return index


def _without_self(apart: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row leaves itself out; among more twins than were asked for, the last found instead."""
    is_self = rows == np.arange(len(rows))[:, None]
    is_self[~is_self.any(1), -1] = True
    shape = (len(rows), rows.shape[1] - 1)
    return apart[~is_self].reshape(shape), rows[~is_self].reshape(shape)
