"""The surroundings of a drawn cell: red cells with their central pallor, and loose platelets."""

from __future__ import annotations

import numpy as np

from buffycoat.sources.drawn.canvas import (
    FIELD_UM,
    Canvas,
    Floats,
    blend,
    ellipse_distance,
    inside,
    speckles,
    warped,
)
from buffycoat.sources.drawn.slide import DYES, Slide

__all__ = ["draw_platelet", "draw_smear"]


def draw_smear(
    canvas: Canvas, slide: Slide, rng: np.random.Generator, *, clear_um: float
) -> Floats:
    """Dye planes (K, H, W) of plasma and red cells, with room of `clear_um` around the middle."""
    dyes = np.zeros((len(DYES), *canvas.x_um.shape), np.float32)
    dyes[DYES.index("eosin")] = slide.plasma
    sites = _sites(slide, rng, clear_um)
    dyes[DYES.index("haemoglobin")] = _red_cells(canvas, slide, rng, sites)
    if rng.random() < 0.15:
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(clear_um + 2, FIELD_UM / 1.8)
        draw_platelet(dyes, canvas, rng, (away * np.cos(angle), away * np.sin(angle)))
    return dyes


def _sites(slide: Slide, rng: np.random.Generator, clear_um: float) -> Floats:
    """Middles (N, 2) in µm: dropped one by one where neither the cell nor many others lie."""
    reach, radius = FIELD_UM / 2 + 3, slide.red_cell_um / 2
    sites = np.empty((0, 2))
    for place in rng.uniform(-reach, reach, (rng.poisson(2.6 * slide.red_cells), 2)):
        free = np.hypot(*place) > clear_um + radius * rng.uniform(0.75, 1.05)
        apart = np.hypot(*(sites - place).T) > slide.red_cell_um * rng.uniform(0.72, 1.08)
        if free and apart.all():
            sites = np.vstack([sites, place])
    return sites.astype(np.float32)


def _red_cells(canvas: Canvas, slide: Slide, rng: np.random.Generator, sites: Floats) -> Floats:
    """Pigment (H, W), after the thickness of a biconcave disc.

    Source: Evans and Fung, Microvasc. Res. 4 (1972) 335, with the dimple scaled by the slide.
    """
    x, y = warped(canvas, rng, 0.2, 1.6)
    n = len(sites)
    radius = slide.red_cell_um / 2 * rng.normal(1, 0.05, (n, 1, 1))
    stretch, angle = np.exp(rng.normal(0, 0.07, (n, 1, 1))), rng.uniform(0, np.pi, (n, 1, 1))
    cos, sin = np.cos(angle), np.sin(angle)
    px, py = x - sites[:, 0, None, None], y - sites[:, 1, None, None]
    u = ((cos * px + sin * py) * (stretch / radius)).astype(np.float32)
    v = ((cos * py - sin * px) / (stretch * radius)).astype(np.float32)
    rho2 = u * u + v * v
    pallor = (slide.pallor * rng.uniform(0.5, 1.1, (n, 1, 1))).astype(np.float32)
    dimple = 1 - pallor * np.exp(-((rho2 / 0.32) ** 1.6))
    edge = 1 / (1 + np.exp(np.clip((rho2 - 0.95) * 16, -30, 30)))
    return np.asarray((edge * dimple).sum(axis=0), dtype=np.float32)


def draw_platelet(
    dyes: Floats,
    canvas: Canvas,
    rng: np.random.Generator,
    at_um: tuple[float, float],
    diameter_um: float | None = None,
) -> None:
    """Add a platelet: a pale ragged rim around a purple granular middle."""
    radius = (diameter_um or rng.uniform(1.8, 3.8)) / 2
    x, y = warped(canvas, rng, rng.uniform(0.1, 0.3), rng.uniform(0.25, 0.6))
    stretch, angle = np.exp(rng.normal(0, 0.25)), rng.uniform(0, np.pi)
    x, y = x - np.float32(at_um[0]), y - np.float32(at_um[1])
    distance = ellipse_distance(x, y, radius, stretch=stretch, angle=angle)
    rim = np.array([0.05, rng.uniform(0.15, 0.4), 0.05, 0], np.float32)[:, None, None]
    blend(dyes, inside(distance, 0.4) * 0.9, rim)
    granules = speckles(canvas, rng, per_um2=rng.uniform(2, 5), radius_um=rng.uniform(0.2, 0.34))
    middle = np.array([rng.uniform(0.35, 0.75), 0.2, 0.15, 0], np.float32)[:, None, None]
    blend(dyes, inside(distance + 0.22 * radius, 0.6) * (0.25 + 0.7 * granules), middle)
