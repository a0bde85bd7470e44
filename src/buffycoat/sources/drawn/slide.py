"""What the cells of one slide share: stain, light, camera and red cells."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from buffycoat.sources.drawn.canvas import Canvas, Floats

__all__ = ["DYES", "Slide", "draw_slide", "photograph"]

Triple: TypeAlias = tuple[float, float, float]

DYES = ("chromatin", "basophilia", "eosin", "haemoglobin")
"""Order of the dye planes: azure on DNA, azure on RNA, eosin, and the red cells' own pigment."""

_ABSORBANCE = np.array(
    [[1.36, 2.36, 0.62], [0.80, 0.72, 0.20], [0.25, 0.95, 0.78], [0.22, 0.38, 0.34]]
)
_LIGHTS = np.array([[1.00, 0.91, 0.80], [0.93, 0.90, 0.94], [0.95, 0.95, 0.93], [0.97, 0.88, 0.90]])


@dataclass(frozen=True)
class Slide:
    """One smear under one microscope; every image of it has these in common."""

    absorbance: tuple[Triple, ...]
    """Per dye of `DYES`, the absorbance (natural logarithm) of red, green and blue."""
    white: Triple
    """Colour of the empty background, 0 to 1."""
    gradient: tuple[float, float]
    """Change of the light per µm, rightwards and downwards."""
    vignette: float
    """Loss of light in the corners, 0 to 1."""
    gamma: float
    """Exponent of the camera's tone curve."""
    blur_um: float
    """Deviation of the point spread."""
    sharpening: float
    """Strength of the camera's own edge sharpening, 0 for none."""
    noise: float
    """Deviation of the sensor's noise, of a range 0 to 1."""
    jpeg_quality: int
    """Quality of the compression, 1 to 95."""
    zoom: float
    """Magnification, about 1."""
    red_cells: float
    """Mean number of red cells in one image."""
    red_cell_um: float
    """Mean diameter of a red cell."""
    pallor: float
    """How pale the middle of a red cell is, 0 to 1."""
    plasma: float
    """Eosin that the plasma between the cells took up."""


def draw_slide(rng: np.random.Generator) -> Slide:
    """A slide of its own stain, light, camera and density."""
    strength = rng.lognormal(0, [[0.16], [0.35], [0.33], [0.28]])
    hue = rng.lognormal(0, 0.13, (4, 3))
    mixed = rng.dirichlet(np.full(len(_LIGHTS), 0.5)) @ _LIGHTS
    white = np.clip(mixed * rng.uniform(0.82, 1.03) * rng.normal(1, 0.025, 3), 0.6, 1)
    tilt = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(0, 0.009)
    return Slide(
        absorbance=tuple(_triple(row) for row in _ABSORBANCE * strength * hue),
        white=_triple(white),
        gradient=(float(slope * np.cos(tilt)), float(slope * np.sin(tilt))),
        vignette=float(rng.uniform(0, 0.1)),
        gamma=float(rng.lognormal(0, 0.15)),
        blur_um=float(rng.uniform(0.08, 0.34)),
        sharpening=float(max(0.0, rng.uniform(-0.8, 1.2))),
        noise=float(rng.uniform(0.003, 0.022)),
        jpeg_quality=int(rng.integers(55, 96)),
        zoom=float(rng.uniform(0.9, 1.12)),
        red_cells=float(rng.uniform(4, 18)),
        red_cell_um=float(rng.uniform(6.6, 7.8)),
        pallor=float(rng.uniform(0.5, 1.0)),
        plasma=float(rng.uniform(0, 0.08)),
    )


def _triple(values: NDArray[np.floating]) -> Triple:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def photograph(
    dyes: Floats, canvas: Canvas, slide: Slide, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The picture (H, W, 3) that the slide's camera takes of the dyes (K, H, W).

    Light passes through dyes by the law of Beer and Lambert, as in colour deconvolution.

    Source: Ruifrok and Johnston, Anal. Quant. Cytol. Histol. 23 (2001) 291.
    """
    absorbed = np.tensordot(np.array(slide.absorbance, np.float32).T, dyes, axes=1)
    seen = np.exp(-absorbed) * _light(canvas, slide)
    seen = _focused(seen**slide.gamma, canvas, slide)
    seen += rng.standard_normal(seen.shape, dtype=np.float32) * np.float32(slide.noise)
    pixels = (np.clip(seen, 0, 1) * 255 + 0.5).astype(np.uint8)
    return _compressed(np.ascontiguousarray(pixels.transpose(1, 2, 0)), slide.jpeg_quality)


def _light(canvas: Canvas, slide: Slide) -> Floats:
    half_um = canvas.x_um.shape[0] * canvas.um_per_px / 2
    along = 1 + slide.gradient[0] * canvas.x_um + slide.gradient[1] * canvas.y_um
    corner = (canvas.x_um**2 + canvas.y_um**2) / (2 * half_um**2)
    white = np.array(slide.white, np.float32)[:, None, None]
    return np.asarray(white * (along - slide.vignette * corner), dtype=np.float32)


def _focused(seen: Floats, canvas: Canvas, slide: Slide) -> Floats:
    sigma_px = slide.blur_um / canvas.um_per_px
    seen = gaussian_filter(seen, (0, sigma_px, sigma_px), truncate=2.5)
    if slide.sharpening:
        wide_px = 0.3 / canvas.um_per_px
        around = gaussian_filter(seen, (0, wide_px, wide_px), truncate=2.5)
        seen = seen + np.float32(slide.sharpening) * (seen - around)
    return np.asarray(seen, dtype=np.float32)


def _compressed(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    held = BytesIO()
    Image.fromarray(pixels).save(held, "JPEG", quality=quality)
    with Image.open(held) as image:
        return np.array(image, dtype=np.uint8)
