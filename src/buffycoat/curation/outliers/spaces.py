"""The spaces that images are compared in: appearance as a whole, and its stain alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from buffycoat.curation.outliers.appearance import BLOCKS
from buffycoat.curation.outliers.neighbours import N_EXACT

__all__ = ["spaces", "unit_scaled"]

_LEAST = {"levels": 1.0, "rings": 1.0, "edges": 0.02}
"""By block: the least spread that is taken for one; a Lab unit is less than can be seen. Where most
images have the same (black corners that augmentation left), the others are not infinitely odd."""

_N_AXES = 48
_N_BLOCK = 65_536  # rows worked on at once: memory stays flat
_TINY = 1e-6


def spaces(found: np.ndarray) -> Mapping[str, np.ndarray]:
    """By name (`whole`, `stain`): vectors (N, d), float32, of appearances (N, D).

    Each number is centred on its median and divided by its spread, which a minority of odd images
    does not move; each block then by its median distance from the middle, so that they weigh
    alike in the whole. Histograms stay as they are: their distance has a meaning of its own. The
    stain has no part in the whole: it would hide what is odd in form alone.

    Of more than 30,000 rows the vectors are their 48 main axes and, as one more number, the length
    of what lies beyond these: neighbours are found ten times as fast, and what is foreign to all
    axes stays far.
    """
    ends = np.cumsum([0, *BLOCKS.values()])
    blocks = {}
    for name, start, end in zip(BLOCKS, ends[:-1], ends[1:], strict=True):
        part = found[:, start:end].astype(np.float32)
        blocks[name] = unit_scaled(_standardised(part, _LEAST[name]) if name in _LEAST else part)
    stain = blocks.pop("stain")
    whole = np.concatenate(list(blocks.values()), axis=1)
    return {"whole": _shortened(whole), "stain": _shortened(stain)}


def _standardised(part: np.ndarray, least: float) -> np.ndarray:
    low, middle, high = np.quantile(part, [0.1, 0.5, 0.9], axis=0)
    spread = (high - low) / 2.56  # of a normal distribution: its standard deviation
    scaled: np.ndarray = (part - middle) / np.maximum(spread, least)
    return scaled.astype(np.float32)


def unit_scaled(vectors: np.ndarray) -> np.ndarray:
    """The vectors (N, d) divided by their median distance from their median, float32."""
    apart = np.linalg.norm(vectors - np.median(vectors, axis=0), axis=1)
    scaled: np.ndarray = vectors / max(float(np.median(apart)), _TINY)
    return scaled.astype(np.float32)


def _shortened(vectors: np.ndarray) -> np.ndarray:
    """Many rows (N, d) by their main axes and what lies beyond them (N, 49); a few as they are."""
    n, width = vectors.shape
    if n <= N_EXACT or width <= _N_AXES:
        return vectors
    centre = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread = np.zeros((width, width))
    for start in range(0, n, _N_BLOCK):
        moved = vectors[start : start + _N_BLOCK] - centre
        spread += moved.T @ moved
    axes = np.linalg.eigh(spread)[1][:, -_N_AXES:].astype(np.float32)
    found = np.empty((n, _N_AXES + 1), np.float32)
    for start in range(0, n, _N_BLOCK):
        moved = vectors[start : start + _N_BLOCK] - centre
        part = found[start : start + _N_BLOCK]
        part[:, :-1] = moved @ axes
        beyond = (moved**2).sum(1) - (part[:, :-1] ** 2).sum(1)
        part[:, -1] = np.sqrt(np.maximum(beyond, 0))
    return found
