"""Pairs of images that share landmarks: who votes for whom, by nearest neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from buffycoat.curation.copies.landmarks import descriptors_of, mirrored
from buffycoat.curation.inverted_file import inverted_file, search_together

__all__ = ["candidate_pairs"]

N_DIMENSIONS = 48
"""Of a descriptor's 128, by principal components; they hold over 90% of its variance."""
MIN_VOTES = 4
"""Landmarks that two images must share before they are laid on each other."""
N_PARTNERS = 8
"""The images that an image shares most landmarks with, each way round, are tried."""
MAX_COMPARED = 10_000
"""Landmarks up to which each is compared with all others."""
MAX_INDEXED = 30_000_000
"""Landmarks in the index; of larger sets fewer of each image are taken."""

_N_NEIGHBOURS = 5
_MAX_DISTANCE = 0.1  # squared, between descriptors of length 1; copies have .02, others .15
_N_PER_LIST = 256
_N_TRAINED = 30  # landmarks for each list that the lists are learned from
_N_SEARCHED = 4
_N_BLOCK = 1024  # images whose neighbours are sought at a time
_N_REDUCED = 65_536  # landmarks that are reduced at a time


def candidate_pairs(
    landmarks: np.ndarray,
    used: np.ndarray | None = None,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Pairs (P, 3) of images that share landmarks: first, second and votes, most votes first.

    A landmark votes for the images that its nearest neighbours lie in, as it is and mirrored.
    The cost grows as N log N.

    Args:
        landmarks: Of the N images, (N, K, 132); zeros where there is none.
        used: Which images (N,) take part; all, if it is not given.
        on_progress: Called with the number of images done and N.
    """
    n_each = max(8, min(landmarks.shape[1], MAX_INDEXED // max(1, len(landmarks))))
    landmarks = landmarks[:, :n_each]
    is_there = _is_there(landmarks)
    if used is not None:
        is_there &= used[:, None]
    index, owners, reduce = _index(landmarks, is_there)
    if index is None:
        return np.zeros((0, 3), np.int64)
    found: list[np.ndarray] = []
    for first in range(0, len(landmarks), _N_BLOCK):
        here = slice(first, first + _N_BLOCK)
        found.extend(_votes(landmarks[here], is_there[here], first, index, owners, reduce))
        if on_progress:
            on_progress(min(first + _N_BLOCK, len(landmarks)), len(landmarks))
    return _merged(np.concatenate(found))


def _index(
    landmarks: np.ndarray, is_there: np.ndarray
) -> tuple[Any, np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """The search index of all landmarks, the image of each, and how descriptors are reduced."""
    import faiss

    owners = np.repeat(np.arange(len(landmarks)), is_there.sum(1))
    reduce = _reduction(landmarks, is_there)
    if len(owners) < 2:
        return None, owners, reduce
    index: Any = faiss.IndexFlatL2(N_DIMENSIONS)
    if len(owners) > MAX_COMPARED:
        n_lists = len(owners) // _N_PER_LIST
        sample = reduce(_drawn(landmarks, is_there, n_lists * _N_TRAINED))
        index = inverted_file(sample, n_lists, n_searched=_N_SEARCHED, is_short=True)
    for first in range(0, len(landmarks), _N_BLOCK):
        here = slice(first, first + _N_BLOCK)
        index.add(reduce(landmarks[here][is_there[here]]))
    return index, owners, reduce


def _is_there(landmarks: np.ndarray) -> np.ndarray:
    """Which landmarks (N, K) there are; a few images at a time, for memory's sake."""
    blocks = np.array_split(landmarks, max(1, len(landmarks) // _N_BLOCK))
    return np.concatenate([block[..., :128].any(2) for block in blocks])


def _reduction(landmarks: np.ndarray, is_there: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Landmarks (L, 132) to (L, 48): principal components of their descriptors."""
    sample = descriptors_of(_drawn(landmarks, is_there, 100_000))
    directions = np.linalg.eigh(np.cov(sample.T) if len(sample) > 1 else np.eye(128))[1]
    main = directions[:, ::-1][:, :N_DIMENSIONS].astype(np.float32)

    def reduced(some: np.ndarray) -> np.ndarray:
        found = np.empty((len(some), N_DIMENSIONS), np.float32)
        for first in range(0, len(some), _N_REDUCED):
            here = slice(first, first + _N_REDUCED)
            found[here] = descriptors_of(some[here]) @ main
        return found

    return reduced


def _drawn(landmarks: np.ndarray, is_there: np.ndarray, n: int) -> np.ndarray:
    """At most n landmarks (L, 132), drawn by a fixed seed."""
    image, place = np.nonzero(is_there)
    if len(image) > n:
        kept = np.sort(np.random.default_rng(0).choice(len(image), n, replace=False))
        image, place = image[kept], place[kept]
    drawn: np.ndarray = landmarks[image, place]
    return drawn


def _votes(
    block: np.ndarray,
    is_there: np.ndarray,
    first: int,
    index: Any,
    owners: np.ndarray,
    reduce: Callable[[np.ndarray], np.ndarray],
) -> Iterator[np.ndarray]:
    """For the images of a block: partners with their votes, as they are and mirrored."""
    voters = first + np.repeat(np.arange(len(block)), is_there.sum(1))
    if not len(voters):
        return
    for turned in (block, mirrored(block)):
        distances, near = search_together(index, reduce(turned[is_there]), _N_NEIGHBOURS)
        is_near = (near >= 0) & (distances < _MAX_DISTANCE)
        voter, partner = np.repeat(voters, is_near.sum(1)), owners[near[is_near]]
        yield _counted(voter[voter != partner], partner[voter != partner], len(owners))


def _counted(voter: np.ndarray, partner: np.ndarray, n: int) -> np.ndarray:
    """The partners (P, 3) of each voter with enough votes, at most `N_PARTNERS` of them."""
    keys, votes = np.unique(voter * n + partner, return_counts=True)
    keys, votes = keys[votes >= MIN_VOTES], votes[votes >= MIN_VOTES]
    voter, partner = keys // n, keys % n
    order = np.lexsort((partner, -votes, voter))
    voter, partner, votes = voter[order], partner[order], votes[order]
    rank = np.arange(len(voter)) - np.searchsorted(voter, voter)
    kept = rank < N_PARTNERS
    return np.stack([voter[kept], partner[kept], votes[kept]], 1)


def _merged(pairs: np.ndarray) -> np.ndarray:
    """Each pair once, with the most votes that either gave the other, most votes first."""
    low, high, votes = pairs[:, :2].min(1), pairs[:, :2].max(1), pairs[:, 2]
    order = np.lexsort((-votes, high, low))
    low, high, votes = low[order], high[order], votes[order]
    is_first = np.r_[True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])][: len(low)]
    low, high, votes = low[is_first], high[is_first], votes[is_first]
    order = np.lexsort((high, low, -votes))
    return np.stack([low[order], high[order], votes[order]], 1)
