"""The spaces that images are compared in: appearance as a whole, and its stain alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from buffycoat.curation.outliers.appearance import BLOCKS

__all__ = ["spaces", "unit_scaled"]

_LEAST = {"levels": 1.0, "rings": 1.0, "edges": 0.02}
"""By block: the least spread that is taken for one; a Lab unit is less than can be seen. Where most
images have the same (black corners that augmentation left), the others are not infinitely odd."""

_TINY = 1e-6


def spaces(found: np.ndarray) -> Mapping[str, np.ndarray]:
    """By name (`whole`, `stain`): vectors (N, d), float32, of appearances (N, D).

    Each number is centred on its median and divided by its spread, which a minority of odd images
    does not move; each block then by its median distance from the middle, so that they weigh
    alike in the whole. Histograms stay as they are: their distance has a meaning of its own. The
    stain has no part in the whole: it would hide what is odd in form alone.
    """
    ends = np.cumsum([0, *BLOCKS.values()])
    blocks = {}
    for name, start, end in zip(BLOCKS, ends[:-1], ends[1:], strict=True):
        part = found[:, start:end].astype(np.float32)
        blocks[name] = unit_scaled(_standardised(part, _LEAST[name]) if name in _LEAST else part)
    stain = blocks.pop("stain")
    return {"whole": np.concatenate(list(blocks.values()), axis=1), "stain": stain}


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
