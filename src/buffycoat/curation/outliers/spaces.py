"""The spaces that images are compared in: appearance as a whole, and its stain alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from buffycoat.curation.outliers.appearance import BLOCKS
from buffycoat.curation.outliers.neighbours import N_EXACT

__all__ = ["spaces"]

_LEAST = {"levels": 1.0, "rings": 1.0, "edges": 0.02}
"""By block: the least spread that is taken for one; a Lab unit is less than can be seen. Where most
images have the same (black corners that augmentation left), the others are not infinitely odd."""

_N_AXES = 48
_N_BLOCK = 65_536  # rows worked on at once: memory stays flat
_TINY = 1e-6


def spaces(found: np.ndarray, rows: np.ndarray | None = None) -> Mapping[str, np.ndarray]:
    """By name (`whole`, `stain`): vectors (n, d), float32, of appearances (N, D).

    Each number is centred on its median and divided by its spread, which a minority of odd images
    does not move; each block then by its median distance from the middle, so that they weigh
    alike in the whole. Histograms stay as they are: their distance has a meaning of its own. The
    stain has no part in the whole: it would hide what is odd in form alone.

    Of more than 30,000 rows these medians and spreads are those of 30,000, and the vectors are
    their 48 main axes and, as one more number, the length of what lies beyond these: neighbours
    are found ten times as fast, and what is foreign to all axes stays far.

    Args:
        found: The appearances; they may lie in a file.
        rows: The n rows that are wanted; all, if they are not given.
    """
    rows = np.arange(len(found)) if rows is None else rows
    step = -(-len(rows) // N_EXACT)
    sample = found[rows[:: max(1, step)]]
    ends = np.cumsum([0, *BLOCKS.values()])
    parts = zip(BLOCKS, map(slice, ends[:-1], ends[1:]), strict=True)
    blocks = {name: _Block.of(name, part, sample[:, part]) for name, part in parts}
    stain = [blocks.pop("stain")]
    return {
        name: _vectors(_Scaled(found, rows, own))
        for name, own in (("whole", list(blocks.values())), ("stain", stain))
    }


@dataclass(frozen=True)
class _Block:
    """Some numbers (d) of an appearance, and how they are scaled."""

    part: slice
    middle: np.ndarray
    """(d,) what is taken away."""
    spread: np.ndarray
    """(d,) what is divided by then."""

    @classmethod
    def of(cls, name: str, part: slice, seen: np.ndarray) -> _Block:
        """The block by a sample of rows (n, d)."""
        middle, spread = np.zeros(seen.shape[1]), np.ones(seen.shape[1])
        if name in _LEAST:
            low, middle, high = np.quantile(seen, [0.1, 0.5, 0.9], axis=0)
            # of a normal distribution: its standard deviation
            spread = np.maximum((high - low) / 2.56, _LEAST[name])
        scaled = (seen - middle) / spread
        apart = np.linalg.norm(scaled - np.median(scaled, axis=0), axis=1)
        unit = max(float(np.median(apart)), _TINY)
        return cls(part, middle.astype(np.float32), (spread * unit).astype(np.float32))


@dataclass(frozen=True)
class _Scaled:
    """Rows of appearances that are scaled when they are asked for."""

    found: np.ndarray
    rows: np.ndarray
    blocks: Sequence[_Block]

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, here: slice) -> np.ndarray:
        """Some of the rows (n, d), scaled."""
        seen = self.found[self.rows[here]]
        scaled = [(seen[:, own.part] - own.middle) / own.spread for own in self.blocks]
        return np.concatenate(scaled, axis=1, dtype=np.float32)


def _vectors(scaled: _Scaled) -> np.ndarray:
    """A few rows (n, d) as they are; many by their main axes and what lies beyond them (n, 49)."""
    width = sum(len(own.middle) for own in scaled.blocks)
    if len(scaled) <= N_EXACT or width <= _N_AXES:
        return scaled.at(slice(None))
    starts = range(0, len(scaled), _N_BLOCK)
    here = [slice(start, start + _N_BLOCK) for start in starts]
    centre = sum(scaled.at(rows).sum(0, dtype=np.float64) for rows in here) / len(scaled)
    centre = centre.astype(np.float32)
    spread = np.zeros((width, width))
    for rows in here:
        moved = scaled.at(rows) - centre
        spread += moved.T @ moved
    axes = np.linalg.eigh(spread)[1][:, -_N_AXES:].astype(np.float32)
    found = np.empty((len(scaled), _N_AXES + 1), np.float32)
    for rows in here:
        moved = scaled.at(rows) - centre
        found[rows, :-1] = moved @ axes
        beyond = (moved**2).sum(1) - (found[rows, :-1] ** 2).sum(1)
        found[rows, -1] = np.sqrt(np.maximum(beyond, 0))
    return found
