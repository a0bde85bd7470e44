"""One row for each set of (nearly) identical images, so that they are no neighbours of each other.

1,600 copies of one foreign picture are a dense part of the set to every method that asks for
neighbours; one of them is as lonely as it should be.
"""

from __future__ import annotations

import hashlib

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from buffycoat.curation.outliers.neighbours import nearest

__all__ = ["first_alike"]

_SHARE = 0.2  # of the median distance to the nearest neighbour: nearer rows are one image
_N_NEIGHBOURS = 4


def first_alike(vectors: np.ndarray) -> np.ndarray:
    """For each row (N, d), the first row (N,) that shows the same picture; often itself."""
    kept, place = _distinct(vectors)
    found: np.ndarray = kept[_first_near(vectors[kept])][place]
    return found


def _distinct(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first of each set of equal rows, and for each row the place of its set among these."""
    known: dict[bytes, int] = {}
    kept: list[int] = []
    place = np.empty(len(vectors), np.int64)
    for row, vector in enumerate(vectors):
        key = hashlib.blake2b(vector.tobytes(), digest_size=16).digest()
        if key not in known:
            known[key] = len(kept)
            kept.append(row)
        place[row] = known[key]
    return np.array(kept, np.int64), place


def _first_near(vectors: np.ndarray) -> np.ndarray:
    n, k = len(vectors), min(_N_NEIGHBOURS, len(vectors) - 1)
    if k < 1:
        return np.arange(n)
    apart, rows = nearest(vectors, k)
    is_near = apart < _SHARE * np.median(apart[:, 0])
    one, column = np.nonzero(is_near)
    pairs = sparse.csr_matrix((np.ones(len(one)), (one, rows[one, column])), (n, n))
    _, part = csgraph.connected_components(pairs, directed=False)
    _, first = np.unique(part, return_index=True)
    found: np.ndarray = first[part]
    return found
