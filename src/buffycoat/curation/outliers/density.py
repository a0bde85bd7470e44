"""How far an image lies from the nearest dense part of the set, by DBSCAN at all its radii at once.

Two rows are joined at the larger of their distance and of both their distances to their own fifth
neighbour (mutual reachability). Joining the nearest rows first gives the tree of which DBSCAN's
clusters are cuts; the radius at which a row comes into a cluster of enough rows is small inside
the set, and large for a lone row and for a small clump of rows apart from the rest.

Source:
    Campello, Moulavi, Zimek, Sander, Hierarchical Density Estimates for Data Clustering,
    Visualization, and Outlier Detection, ACM TKDD 10 (2015). HDBSCAN's tree; here a row is given
    the height itself, not its ratio to the height of the cluster that it joins (GLOSH).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from buffycoat.curation.outliers.neighbours import nearest

__all__ = ["joining_distance"]

_N_CORE = 5
_TINY = 1e-9  # a distance of 0 would be no edge in a sparse matrix


def joining_distance(
    vectors: np.ndarray, apart: np.ndarray, rows: np.ndarray, n_enough: int
) -> np.ndarray:
    """The radius (N,) at which DBSCAN puts each row into a cluster of at least `n_enough` rows.

    Args:
        vectors: The rows (N, d).
        apart: Distances (N, k) to the nearest neighbours, nearest first.
        rows: Who these are (N, k); below 0 is nobody.
        n_enough: Rows that make a cluster.
    """
    n, k = rows.shape
    core = apart[:, min(_N_CORE, k) - 1]
    edges = _joined(n, np.arange(n), rows, apart, core)
    edges = edges + _bridges(vectors, edges, core)
    tree = csgraph.minimum_spanning_tree(edges).tocoo()
    order = np.argsort(tree.data, kind="stable")
    merges = zip(tree.row[order], tree.col[order], tree.data[order], strict=True)
    return _heights(n, min(n_enough, n), iter(merges))


def _joined(
    n: int, ones: np.ndarray, others: np.ndarray, apart: np.ndarray, core: np.ndarray
) -> sparse.csr_matrix:
    """Mutual reachability of some rows (m,) and others (m, k), an edge from the one to the other.

    A pair may be there both ways round: a tree takes it once.
    """
    is_known = others >= 0
    reach = np.maximum(apart, core[ones][:, None])
    reach = np.maximum(np.maximum(reach, core[others]), _TINY)[is_known]
    ends = np.zeros(n + 1, np.int64)
    ends[ones + 1] = is_known.sum(1)
    edges = (reach.astype(float), others[is_known], np.cumsum(ends))
    return sparse.csr_matrix(edges, (n, n))


def _bridges(vectors: np.ndarray, edges: sparse.csr_matrix, core: np.ndarray) -> sparse.csr_matrix:
    """One edge from each row that its neighbours do not lead to the largest part, to that part."""
    n = len(vectors)
    _, part = csgraph.connected_components(edges, directed=False)
    is_main = part == np.bincount(part).argmax()
    if is_main.all():
        return sparse.csr_matrix((n, n))
    away, main = np.flatnonzero(~is_main), np.flatnonzero(is_main)
    apart, found = nearest(vectors[away], 1, among=vectors[main])
    return _joined(n, away, main[found], apart, core)


def _heights(n: int, n_enough: int, merges: Iterator[tuple[int, int, float]]) -> np.ndarray:
    """The distance at which the part of each row first has enough rows."""
    found = np.zeros(n)
    root = list(range(n))
    members: list[list[int]] = [[row] for row in range(n)]

    def top(row: int) -> int:
        while root[row] != row:
            root[row] = root[root[row]]
            row = root[row]
        return row

    for one, other, height in merges:
        small, large = sorted((top(int(one)), top(int(other))), key=lambda r: len(members[r]))
        is_enough = len(members[small]) + len(members[large]) >= n_enough
        for part in (small, large):
            if is_enough and len(members[part]) < n_enough:
                found[members[part]] = height
        members[large] += members[small]
        root[small] = large
    return found
