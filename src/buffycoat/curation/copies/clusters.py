"""From pairs to clusters: images of one photograph, and photographs of one field."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from buffycoat.curation.copies.candidates import candidate_pairs
from buffycoat.curation.copies.photographs import SAME_PHOTOGRAPH, divide_field
from buffycoat.curation.copies.registration import Overlay, lay_on

__all__ = ["SAME_FIELD", "Clusters", "Link", "cluster_copies"]

SAME_FIELD = 0.6
"""Correlation from which overlaid images show the same field; below, the fit was chance."""

MAX_DIVIDED = 400
"""Images of a field up to which photographs are told apart by means over pairs; in a larger one,
such as overlapping cuts of a whole slide, single pairs decide."""

_N_BATCH = 512  # pairs that are laid on each other at a time


@dataclass(frozen=True)
class Link:
    """Two images that show the same."""

    first: int
    """Number of one image."""
    second: int
    """Number of the other."""
    overlay: Overlay | None
    """How they lie on each other; None where their pixels are the same."""


@dataclass(frozen=True)
class Clusters:
    """Which of N images belong together."""

    photograph: np.ndarray
    """The photograph of each image (N,), named by the number of its first image."""
    field: np.ndarray
    """The field of each image (N,), likewise; it holds whole photographs."""
    links: tuple[Link, ...]
    """Why: as many links as connect every field, in the order in which they were found."""


def cluster_copies(
    landmarks: np.ndarray,
    small: np.ndarray,
    used: np.ndarray | None = None,
    *,
    n_threads: int = 2,
    on_progress: Callable[[int, int], None] | None = None,
) -> Clusters:
    """The clusters of N images, by what they show and nothing else.

    Args:
        landmarks: Of each image, (N, K, 132).
        small: Each image in grey, (N, S, S).
        used: Which images (N,) take part; the others stand alone. All, if it is not given.
        n_threads: Threads that lay images on each other.
        on_progress: Called with the number of steps done and of all, the pairs last.
    """
    n = len(landmarks)
    tell = on_progress or (lambda *_: None)
    pairs = candidate_pairs(landmarks, used, on_progress=lambda done, _: tell(done, 3 * n))
    with ThreadPoolExecutor(n_threads) as pool:

        def lay(pair: tuple[int, int]) -> Overlay | None:
            first, second = pair
            both = (landmarks[first], landmarks[second])
            return lay_on(both, (small[first], small[second]))

        def compare(pairs: list[tuple[int, int]]) -> list[float]:
            found = pool.map(lay, pairs)
            return [overlay.similarity if overlay else np.nan for overlay in found]

        field, links = _Forest(n), []
        for start in range(0, len(pairs), _N_BATCH):
            batch = [(int(one), int(other)) for one, other, _ in pairs[start : start + _N_BATCH]]
            open_ = [pair for pair in batch if not field.joins(*pair)]
            for (one, other), overlay in zip(open_, pool.map(lay, open_), strict=True):
                if overlay and overlay.similarity >= SAME_FIELD and not field.joins(one, other):
                    field.join(one, other)
                    links.append(Link(one, other, overlay))
            tell(n + n * start // max(1, len(pairs)), 3 * n)
        fields = field.roots()
        photograph = _photographs(fields, pairs, compare, lambda done: tell(2 * n + done, 3 * n))
    return Clusters(photograph, fields, tuple(links))


def _photographs(
    fields: np.ndarray,
    pairs: np.ndarray,
    compare: Callable[[list[tuple[int, int]]], list[float]],
    tell: Callable[[int], None],
) -> np.ndarray:
    """The photograph of each image (N,), named by its first image."""
    photograph = np.arange(len(fields))
    order = np.argsort(fields, kind="stable")
    for images in np.split(order, np.flatnonzero(np.diff(fields[order])) + 1):
        if len(images) > MAX_DIVIDED:
            inside = pairs[fields[pairs[:, 0]] == images[0]]
            photograph[images] = _chained(len(fields), inside, compare)[images]
        elif len(images) > 1:
            for one in divide_field(images.tolist(), compare):
                photograph[one] = one[0]
        tell(int(images[-1]) + 1)
    return photograph


def _chained(
    n: int, pairs: np.ndarray, compare: Callable[[list[tuple[int, int]]], list[float]]
) -> np.ndarray:
    """Photographs by chains of single pairs: the cost grows with the pairs alone."""
    photograph = _Forest(n)
    for start in range(0, len(pairs), _N_BATCH):
        batch = [(int(one), int(other)) for one, other, _ in pairs[start : start + _N_BATCH]]
        open_ = [pair for pair in batch if not photograph.joins(*pair)]
        for pair, alike in zip(open_, compare(open_), strict=True):
            if alike >= SAME_PHOTOGRAPH:
                photograph.join(*pair)
    return photograph.roots()


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
