"""From pairs to clusters: images of one photograph, and photographs of one field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from buffycoat.curation.copies.candidates import candidate_pairs
from buffycoat.curation.copies.registration import Overlay, lay_on

__all__ = ["SAME_PHOTOGRAPH", "Clusters", "Link", "cluster_copies"]

SAME_PHOTOGRAPH = 0.98
"""Correlation above which two overlaid images are one photograph; below, it is another exposure.

On a fifth of the Kaggle set copies of one photograph had .99 and more, and different photographs
of one cell, taken at another focus, at most .968.
"""
SAME_FIELD = 0.6
"""Correlation above which overlaid images show the same field; below, the fit was chance."""

_N_BATCH = 512  # pairs that are laid on each other at a time


@dataclass(frozen=True)
class Link:
    """Two images that show the same."""

    first: int
    """Number of one image."""
    second: int
    """Number of the other."""
    overlay: Overlay
    """How they lie on each other."""


@dataclass(frozen=True)
class Clusters:
    """Which of N images belong together."""

    photograph: np.ndarray
    """The photograph of each image (N,), named by the number of its first image."""
    field: np.ndarray
    """The field of each image (N,), likewise; it holds whole photographs."""
    links: tuple[Link, ...]
    """Why: enough links to connect every cluster, in the order in which they were found."""


def cluster_copies(
    landmarks: np.ndarray,
    small: np.ndarray,
    *,
    n_threads: int = 2,
    on_progress: Callable[[int, int], None] | None = None,
) -> Clusters:
    """The clusters of N images, by what they show and nothing else.

    Args:
        landmarks: Of each image, (N, K, 132).
        small: Each image in grey, (N, S, S).
        n_threads: Threads that lay images on each other.
        on_progress: Called with the number of steps done and of all, the pairs last.
    """
    n = len(landmarks)
    tell = on_progress or (lambda *_: None)
    pairs = candidate_pairs(landmarks, on_progress=lambda done, _: tell(done, 2 * n))
    photograph, field, links = _Forest(n), _Forest(n), []
    with ThreadPoolExecutor(n_threads) as pool:
        for start in range(0, len(pairs), _N_BATCH):
            open_ = [p for p in pairs[start : start + _N_BATCH] if not photograph.joins(p[0], p[1])]
            for link in _laid(pool, open_, landmarks, small):
                is_new = not field.joins(link.first, link.second)
                field.join(link.first, link.second)
                if link.overlay.similarity >= SAME_PHOTOGRAPH:
                    is_new |= not photograph.joins(link.first, link.second)
                    photograph.join(link.first, link.second)
                links += [link] if is_new else []
            tell(n + n * min(start + _N_BATCH, len(pairs)) // max(1, len(pairs)), 2 * n)
    return Clusters(photograph.roots(), field.roots(), tuple(links))


def _laid(
    pool: ThreadPoolExecutor, pairs: list[np.ndarray], landmarks: np.ndarray, small: np.ndarray
) -> Iterator[Link]:
    """The links among these pairs, in their order."""

    def lay(pair: np.ndarray) -> Overlay | None:
        first, second = int(pair[0]), int(pair[1])
        both = (landmarks[first], landmarks[second])
        return lay_on(both, (small[first], small[second]))

    for pair, overlay in zip(pairs, pool.map(lay, pairs), strict=True):
        if overlay and overlay.similarity >= SAME_FIELD:
            yield Link(int(pair[0]), int(pair[1]), overlay)


class _Forest:
    """Disjoint sets; each is named by its smallest member."""

    def __init__(self, n: int) -> None:
        self._above = np.arange(n)

    def find(self, one: int) -> int:
        while self._above[one] != one:
            self._above[one] = self._above[self._above[one]]
            one = int(self._above[one])
        return int(one)

    def joins(self, one: int, other: int) -> bool:
        return self.find(one) == self.find(other)

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.find(one), self.find(other)))
        self._above[high] = low

    def roots(self) -> np.ndarray:
        return np.array([self.find(i) for i in range(len(self._above))], np.int64)
