"""The shapes of nuclei: capsules (S, 5) of two ends and a radius in µm, melted into one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from buffycoat.sources.drawn.canvas import Floats

__all__ = ["Nucleus", "bilobed", "clover", "indented", "kidney", "round_nucleus", "segmented"]

Nucleus: TypeAlias = Callable[[float, np.random.Generator], Floats]
"""From the cell's radius in µm to capsules (S, 5)."""


def round_nucleus(low: float, high: float, *, off: float) -> Nucleus:
    """Nearly round, `low` to `high` of the cell's radius, off its middle by up to `off` of it."""

    def shape(cell_um: float, rng: np.random.Generator) -> Floats:
        radius = cell_um * rng.uniform(low, high)
        half = radius * rng.uniform(0, 0.16)
        line = np.array([[-half, 0], [half, 0]])
        return _placed(_path(line, radius - half / 2), rng, off * cell_um)

    return shape


def indented(cell_um: float, rng: np.random.Generator) -> Floats:
    """Round, oval or bent like a bean, as myelocytes ripen; against one side of the cell."""
    bend, radius = rng.uniform(0, 1.9), cell_um * rng.uniform(0.4, 0.52)
    arc = _arc(cell_um * rng.uniform(0.28, 0.4), bend + 0.25, 4)
    return _placed(_path(arc, radius * (1 - 0.13 * bend)), rng, 0.3 * cell_um)


def kidney(cell_um: float, rng: np.random.Generator) -> Floats:
    """Large, bent or folded, as in monocytes."""
    thick = cell_um * rng.uniform(0.33, 0.43)
    arc = _arc(cell_um * rng.uniform(0.36, 0.5), rng.uniform(1.7, 3.9), 4)
    arc += rng.normal(0, 0.07 * cell_um, arc.shape)
    return _placed(_path(arc, thick * rng.uniform(0.85, 1.15, 3)), rng, 0.15 * cell_um)


def bilobed(cell_um: float, rng: np.random.Generator) -> Floats:
    """Two thick lobes, seldom three, joined by a strand, as in eosinophils."""
    n = 2 if rng.random() < 0.8 else 3
    arc = _arc(cell_um * rng.uniform(0.46, 0.54), (1.9 if n == 2 else 1.75) * (n - 1), n)
    return _placed(_lobes(arc, cell_um * (0.36 if n == 2 else 0.31), rng), rng, 0.12 * cell_um)


def segmented(cell_um: float, rng: np.random.Generator) -> Floats:
    """Three to five lobes on strands, or the unsegmented band, as in neutrophils."""
    ring = cell_um * rng.uniform(0.42, 0.54)
    if rng.random() < 0.25:
        arc = _arc(ring, rng.uniform(3.2, 4.6), 6)
        return _placed(_path(arc, cell_um * rng.uniform(0.19, 0.26, 5)), rng, 0.12 * cell_um)
    n = int(rng.choice([3, 4, 5], p=[0.45, 0.4, 0.15]))
    arc = _arc(ring, rng.uniform(1.15, 1.4) * (n - 1), n) * rng.uniform(0.8, 1.12, (n, 1))
    return _placed(_lobes(arc, cell_um * (0.39 - 0.032 * n), rng), rng, 0.15 * cell_um)


def clover(cell_um: float, rng: np.random.Generator) -> Floats:
    """Two or three broad lobes that flow together, as in basophils."""
    n = int(rng.integers(2, 4))
    arc = _arc(cell_um * rng.uniform(0.34, 0.46), 2.0 * (n - 1), n)
    return _placed(_lobes(arc, cell_um * 0.38, rng), rng, 0.1 * cell_um)


def _arc(radius_um: float, angle: float, n: int) -> Floats:
    """Points (n, 2) along an arc around the middle."""
    turn = np.linspace(-angle / 2, angle / 2, n)
    return np.stack([np.cos(turn), np.sin(turn)], axis=1).astype(np.float32) * radius_um


def _path(points: Floats, radius_um: float | Floats) -> Floats:
    """Capsules (n - 1, 5) from point to point."""
    radii = np.broadcast_to(radius_um, len(points) - 1)
    return np.column_stack([points[:-1], points[1:], radii])


def _lobes(points: Floats, radius_um: float, rng: np.random.Generator) -> Floats:
    """A short thick capsule of its own direction at each point, and thin ones as strands."""
    n = len(points)
    radii = radius_um * rng.uniform(0.82, 1.12, n)
    turn = rng.uniform(0, np.pi, n)
    half = (radii * rng.uniform(0.1, 0.45, n))[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1)
    lobes = np.column_stack([points - half, points + half, radii * 0.88])
    return np.vstack([lobes, _path(points, rng.uniform(0.2, 0.5, n - 1))])


def _placed(capsules: Floats, rng: np.random.Generator, off_um: float) -> Floats:
    """Turned by any angle, centred, and moved by up to `off_um`."""
    turn, to, away = rng.uniform(0, 2 * np.pi, 3)
    cos, sin = np.cos(turn), np.sin(turn)
    ends = capsules[:, :4].reshape(-1, 2)
    ends = (ends - (ends.min(axis=0) + ends.max(axis=0)) / 2) @ np.array([[cos, sin], [-sin, cos]])
    ends += off_um * (away / (2 * np.pi)) * np.array([np.cos(to), np.sin(to)])
    return np.column_stack([ends.reshape(-1, 4), capsules[:, 4]]).astype(np.float32)
