"""Within a field: which images are copies of one photograph, and which are another exposure.

A second exposure of the same cells differs in focus, light and a little in shape, by less than some
copies differ from each other. So no single pair decides, but means over many (average linkage).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

__all__ = ["SAME_PHOTOGRAPH", "divide_field"]

SAME_PHOTOGRAPH = 0.9915
"""Mean correlation above which overlaid images are one photograph.

In 27 fields of the Kaggle set the least alike halves of one photograph had means of .9947 and more,
and two exposures of one field at most .9872.
"""

N_COMPARED = 16
"""Images of a field that are compared with each other at a time; others join what they find."""

_N_EACH = 3  # images of a photograph that another image is compared with
_N_MERGED = 8  # images of two photographs found apart that are compared before they stay apart
_APART = 0.5  # correlation of two images that cannot be laid on each other

Compare = Callable[[list[tuple[int, int]]], list[float]]


def divide_field(images: Sequence[int], compare: Compare) -> list[list[int]]:
    """The images of a field in one list for each photograph, the first image's first.

    Args:
        images: Their numbers.
        compare: From pairs of numbers to the correlation of each pair, NaN where one cannot be
            laid on the other.
    """
    compare = _once(compare)
    found: list[list[int]] = []
    waiting = sorted(images)
    while waiting:
        places = np.unique(np.linspace(0, len(waiting) - 1, N_COMPARED).round().astype(int))
        some = [waiting[place] for place in places]
        new = _linked(some, compare)
        rest = sorted(set(waiting) - set(some))
        waiting = _joined(rest, new, compare)
        found = _merged([*found, *new], compare) if found else new
    return sorted(sorted(each) for each in found)


def _once(compare: Compare) -> Compare:
    """The same, but no pair is compared twice: in a field of many photographs most would be."""
    known: dict[tuple[int, int], float] = {}

    def remembered(pairs: list[tuple[int, int]]) -> list[float]:
        new = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        known.update(zip(new, compare(new), strict=True))
        return [known[pair] for pair in pairs]

    return remembered


def _linked(images: list[int], compare: Compare) -> list[list[int]]:
    """A few images by average linkage over all their pairs."""
    if len(images) < 2:
        return [images]
    pairs = [(one, other) for i, one in enumerate(images) for other in images[i + 1 :]]
    distance = 1 - np.nan_to_num(np.array(compare(pairs)), nan=_APART)
    cluster = fcluster(linkage(np.maximum(distance, 0), "average"), 1 - SAME_PHOTOGRAPH, "distance")
    return [[images[i] for i in np.flatnonzero(cluster == c)] for c in np.unique(cluster)]


def _joined(rest: list[int], found: list[list[int]], compare: Compare) -> list[int]:
    """Put each image to the photograph that it is most like; those that come back fit to none."""
    shown = [each[:_N_EACH] for each in found]
    pairs = [(image, other) for image in rest for each in shown for other in each]
    values = iter(np.nan_to_num(np.array(compare(pairs)), nan=_APART))
    waiting: list[int] = []
    for image in rest:
        means = [float(np.mean([next(values) for _ in each])) for each in shown]
        best = int(np.argmax(means))
        (found[best] if means[best] >= SAME_PHOTOGRAPH else waiting).append(image)
    return waiting


def _merged(found: list[list[int]], compare: Compare) -> list[list[int]]:
    """Photographs that were found apart, one of them late, by average linkage over a few images."""
    n = len(found)
    distance = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            pairs = [(a, b) for a in found[i][:_N_MERGED] for b in found[j][:_N_MERGED]]
            alike = np.nan_to_num(np.array(compare(pairs)), nan=_APART).mean()
            distance[i, j] = distance[j, i] = max(0.0, 1 - float(alike))
    cluster = fcluster(linkage(squareform(distance), "average"), 1 - SAME_PHOTOGRAPH, "distance")
    return [
        [image for i in np.flatnonzero(cluster == c) for image in found[i]]
        for c in np.unique(cluster)
    ]
