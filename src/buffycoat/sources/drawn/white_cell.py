"""One nucleated cell, laid over a smear: cytoplasm, vacuoles, nucleus, nucleoli and granules."""

from __future__ import annotations

import numpy as np

from buffycoat.sources.drawn.canvas import (
    Canvas,
    Floats,
    blend,
    capsule_distance,
    ellipse_distance,
    inside,
    speckles,
    texture,
    warped,
)
from buffycoat.sources.drawn.types import CellType, Granules

__all__ = ["draw_white_cell"]


def draw_white_cell(
    dyes: Floats,
    canvas: Canvas,
    cell: CellType,
    rng: np.random.Generator,
    *,
    radius_um: float,
) -> None:
    """Add the cell in the middle of the canvas to the dye planes (K, H, W)."""
    outline = _outline(canvas, cell, rng, radius_um)
    body = inside(outline, 0.35)
    nucleus = np.maximum(_nucleus(canvas, cell, rng, radius_um), outline + np.float32(0.15))
    blend(dyes, body, _cytoplasm(canvas, cell, rng, outline))
    _draw_vacuoles(dyes, canvas, cell, rng, outline)
    for kind in cell.granules:
        if not kind.over_nucleus:
            _draw_granules(dyes, canvas, kind, rng, body)
    blend(dyes, inside(nucleus, 0.3), _chromatin(canvas, cell, rng, nucleus))
    _draw_nucleoli(dyes, canvas, cell, rng, nucleus)
    for kind in cell.granules:
        if kind.over_nucleus:
            _draw_granules(dyes, canvas, kind, rng, body)


def _outline(canvas: Canvas, cell: CellType, rng: np.random.Generator, radius_um: float) -> Floats:
    x, y = warped(canvas, rng, rng.uniform(*cell.ruffle_um), rng.uniform(*cell.ruffle_grain_um))
    stretch, angle = np.exp(rng.normal(0, 0.1)), rng.uniform(0, np.pi)
    return ellipse_distance(x, y, radius_um, stretch=stretch, angle=angle)


def _nucleus(canvas: Canvas, cell: CellType, rng: np.random.Generator, radius_um: float) -> Floats:
    shape = cell.nuclei[int(rng.integers(len(cell.nuclei)))]
    x, y = warped(canvas, rng, rng.uniform(0.1, 0.25), rng.uniform(0.7, 1.2))
    return capsule_distance(x, y, shape(radius_um, rng), melt_um=0.15)


def _cytoplasm(canvas: Canvas, cell: CellType, rng: np.random.Generator, outline: Floats) -> Floats:
    """Dyes of the cytoplasm (K, H, W): uneven, and a little darker towards the edge."""
    mean = [0, rng.uniform(*cell.basophilia), rng.uniform(*cell.eosin), 0]
    mean[3] = rng.uniform(*cell.haemoglobin)
    uneven = 1 + 0.14 * texture(canvas, rng, 0.5) + 0.1 * texture(canvas, rng, 1.2)
    edge = 1 + 0.25 * np.exp(-np.abs(outline) / 0.5)
    return np.array(mean, np.float32)[:, None, None] * (uneven * edge).astype(np.float32)


def _chromatin(canvas: Canvas, cell: CellType, rng: np.random.Generator, nucleus: Floats) -> Floats:
    """Dyes of the nucleus (K, H, W): clumps, paler gaps, and a darker membrane."""
    coarse, fine = texture(canvas, rng, rng.uniform(*cell.clump_um)), texture(canvas, rng, 0.16)
    clumps = np.tanh(1.2 * coarse + 0.5 * fine)
    membrane = 0.2 * np.exp(-np.abs(nucleus + 0.2) / 0.25)
    amount = rng.uniform(*cell.chromatin) * (1 + rng.uniform(*cell.clumps) * clumps + membrane)
    planes = np.zeros((4, *nucleus.shape), np.float32)
    planes[0], planes[1], planes[2] = amount, 0.12, 0.08
    return planes


def _draw_vacuoles(
    dyes: Floats,
    canvas: Canvas,
    cell: CellType,
    rng: np.random.Generator,
    outline: Floats,
) -> None:
    """Take dye out of the cytoplasm in small round holes."""
    low, high = cell.n_vacuoles
    n = int(low + (high - low) * rng.random() ** 2 + 0.5)
    if not n:
        return
    angle = rng.uniform(0, 2 * np.pi, n)
    away = -float(outline.min()) * rng.uniform(0.45, 0.92, n)
    at = np.stack([away * np.cos(angle), away * np.sin(angle)], axis=1)
    discs = np.column_stack([at, at, rng.uniform(0.2, 0.65, n)]).astype(np.float32)
    holes = capsule_distance(canvas.x_um, canvas.y_um, discs, melt_um=0.02)
    dyes *= 1 - 0.8 * inside(np.maximum(holes, outline + np.float32(0.2)), 0.3)


def _draw_nucleoli(
    dyes: Floats, canvas: Canvas, cell: CellType, rng: np.random.Generator, nucleus: Floats
) -> None:
    """Add pale bluish discs within the nucleus."""
    low, high = cell.n_nucleoli
    depth = np.argwhere(nucleus < -0.9)
    for _ in range(int(rng.integers(low, high + 1)) if len(depth) else 0):
        row, column = depth[rng.integers(len(depth))]
        x, y = canvas.x_um - canvas.x_um[row, column], canvas.y_um - canvas.y_um[row, column]
        disc = ellipse_distance(x, y, rng.uniform(0.45, 0.8), stretch=1.1, angle=0.0)
        pale = np.array([0.35, 0.3, 0.05, 0], np.float32)[:, None, None]
        blend(dyes, 0.6 * inside(disc, 0.5), pale)


def _draw_granules(
    dyes: Floats, canvas: Canvas, kind: Granules, rng: np.random.Generator, body: Floats
) -> None:
    grains = speckles(
        canvas, rng, per_um2=rng.uniform(*kind.per_um2), radius_um=rng.uniform(*kind.radius_um)
    )
    amounts = np.array(kind.dyes, np.float32)[:, None, None]
    blend(dyes, grains * body * np.float32(rng.uniform(*kind.cover)), amounts)
