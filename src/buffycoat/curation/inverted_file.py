"""An index of very many vectors (FAISS): lists of rows that lie near each other, a few searched.

The number of lists grows with the rows, and what finds a list is a tree and a graph: building the
index and searching for every row cost n log n.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["by_list", "inverted_file", "search_together"]

_BRANCHES = 256  # means that rows are divided by at a time
_N_ROUNDS = 8  # of k-means
_N_COMPARED = 8192  # centres of lists up to which all are compared; of more, a graph leads there
_N_LINKS = 16
_N_VISITED = 32


def inverted_file(
    sample: np.ndarray, n_lists: int, *, n_searched: int, is_short: bool = False
) -> Any:
    """An empty index whose lists lie around centres of a sample.

    Args:
        sample: Rows (M, d) float32 that the centres are learned from.
        n_lists: About how many lists.
        n_searched: Lists that a search looks through.
        is_short: Each number is kept in one byte instead of four.
    """
    import faiss

    centres = _centres(np.ascontiguousarray(sample), n_lists)
    given = (_finder(centres), sample.shape[1], len(centres))
    index: Any = faiss.IndexIVFFlat(*given)
    if is_short:
        index = faiss.IndexIVFScalarQuantizer(*given, faiss.ScalarQuantizer.QT_8bit)
    index.train(np.ascontiguousarray(sample))
    index.nprobe = min(n_searched, len(centres))
    return index


def search_together(index: Any, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Squared distances and rows (Q, k) nearest to each query (Q, d): `index.search`, but faster.

    Queries that look into the same lists follow each other, so that a list which is in the
    processor's cache is used for all of them.
    """
    if not hasattr(index, "nprobe"):
        found: tuple[np.ndarray, np.ndarray] = index.search(queries, k)
        return found
    away, lists = index.quantizer.search(queries, index.nprobe)
    order = np.argsort(lists[:, 0], kind="stable")
    near = index.search_preassigned(queries[order], k, lists[order], away[order])
    back = np.argsort(order)
    return near[0][back], near[1][back]


def by_list(index: Any, queries: np.ndarray, n_at_once: int) -> np.ndarray:
    """The order (Q,) of queries (Q, d) by the list that each lies in; their own where all compare.

    Blocks of queries in this order look into few lists each, however many rows there are.
    """
    if not hasattr(index, "nprobe"):
        return np.arange(len(queries))
    starts = range(0, len(queries), n_at_once)
    lists = [index.quantizer.search(queries[s : s + n_at_once], 1)[1][:, 0] for s in starts]
    return np.argsort(np.concatenate(lists), kind="stable")


def _centres(sample: np.ndarray, n: int) -> np.ndarray:
    """About n means (n, d) of the sample: those of large parts first, then of each part's own."""
    if n <= _BRANCHES:
        return _means(sample, n)[0]
    means, part = _means(sample, _BRANCHES)
    parts = [sample[part == i] for i in np.unique(part)]
    if len(parts) == 1:  # all rows are alike
        return means
    shares = [max(1, round(n * len(own) / len(sample))) for own in parts]
    found = [_centres(own, share) for own, share in zip(parts, shares, strict=True)]
    return np.concatenate(found)


def _means(sample: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The means (n, d) of k-means, and which of them each row (M,) is nearest to."""
    import faiss

    given = {"niter": _N_ROUNDS, "seed": 0, "min_points_per_centroid": 1}
    fit: Any = faiss.Kmeans(sample.shape[1], min(n, len(sample)), **given)
    fit.train(sample)
    return fit.centroids, fit.index.search(sample, 1)[1][:, 0]


def _finder(centres: np.ndarray) -> Any:
    """The index of the centres; it is built by one thread, as several would link it by chance."""
    import faiss

    index: Any = faiss.IndexFlatL2(centres.shape[1])
    if len(centres) > _N_COMPARED:
        index = faiss.IndexHNSWFlat(centres.shape[1], _N_LINKS)
        index.hnsw.efSearch = _N_VISITED
    threads = faiss.omp_get_max_threads()
    try:
        faiss.omp_set_num_threads(1)
        index.add(centres)
    finally:
        faiss.omp_set_num_threads(threads)
    return index
