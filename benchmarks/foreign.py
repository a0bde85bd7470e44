"""Pictures that are no cells, drawn by code, and cells that were stained or photographed otherwise.

All are uint8 (H, W, 3); the same generator draws the same pictures.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from scipy import ndimage

_BIG = 384  # drawn large and shrunk, as a picture from elsewhere would be

Rng = np.random.Generator


def cartoon(rng: Rng) -> np.ndarray:
    """An animal's face with flat colours and black outlines."""
    ground, fur, inner = (tuple(map(int, rng.integers(60, 255, 3))) for _ in range(3))
    page = np.full((_BIG, _BIG, 3), ground, np.uint8)
    x, y = map(int, rng.integers(160, 224, 2))
    radius = int(rng.integers(90, 130))
    for side in (-1, 1):
        ear = [[side * 0.95, -1.5], [side * 1.0, -0.2], [side * 0.2, -0.9]]
        points = (np.array(ear) * radius + (x, y)).astype(np.int32)
        cv2.fillPoly(page, [points], fur)
        cv2.polylines(page, [points], True, (0, 0, 0), 6)
    cv2.circle(page, (x, y), radius, fur, -1)
    cv2.circle(page, (x, y), radius, (0, 0, 0), 6)
    for side in (-1, 1):
        eye = x + side * radius * 2 // 5, y - radius // 5
        cv2.circle(page, eye, radius // 5, (255, 255, 255), -1)
        cv2.circle(page, eye, radius // 10, (0, 0, 0), -1)
        for tilt in (-12, 0, 12):
            ends = (x + side * radius // 4, y + radius // 3), (x + side * radius * 6 // 5, y + tilt)
            cv2.line(page, *ends, (0, 0, 0), 3)
    cv2.ellipse(page, (x, y + radius // 4), (radius // 6, radius // 9), 0, 0, 360, inner, -1)
    cv2.ellipse(page, (x, y + radius // 3), (radius // 3, radius // 4), 0, 20, 160, (0, 0, 0), 4)
    return page


def text(rng: Rng) -> np.ndarray:
    """A printed page, black on white or the other way round."""
    is_dark = rng.random() < 0.3
    page = np.full((_BIG, _BIG, 3), 20 if is_dark else 250, np.uint8)
    ink = (240,) * 3 if is_dark else (15,) * 3
    scale = float(rng.uniform(0.6, 1.2))
    for y in range(30, _BIG, int(34 * scale) + 4):
        letters = rng.integers(97, 123, 40)
        letters[rng.random(40) < 0.18] = 32
        line = "".join(map(chr, letters))
        cv2.putText(page, line, (12, y), cv2.FONT_HERSHEY_SIMPLEX, scale, ink, 2, cv2.LINE_AA)
    return page


def _cloud(rng: Rng, slope: float) -> np.ndarray:
    """Noise (H, W) from 0 to 1 whose amplitude falls with frequency, as in photographs."""
    waves = np.fft.rfft2(rng.normal(size=(_BIG, _BIG)))
    rows, columns = np.fft.fftfreq(_BIG)[:, None], np.fft.rfftfreq(_BIG)[None]
    frequency = np.maximum(np.hypot(rows, columns), 1 / _BIG)
    found = np.fft.irfft2(waves / frequency**slope, s=(_BIG, _BIG))
    return (found - found.min()) / np.ptp(found)


def landscape(rng: Rng) -> np.ndarray:
    """Sky, clouds, two ranges of hills and a meadow."""
    down = np.linspace(0, 1, _BIG)[:, None, None]
    sky = np.array([90, 150, 230]) * (1 - down) + np.array([230, 220, 210]) * down
    clouds = np.clip(_cloud(rng, 1.6)[..., None] * 2.2 - 1, 0, 1)
    page = sky * (1 - clouds) + 250 * clouds
    for level, colour in ((0.5, (70, 100, 120)), (0.65, (60, 120, 50))):
        ridge = _BIG * (level + 0.12 * (_cloud(rng, 1.8)[0] - 0.5) * 2)
        below = np.arange(_BIG)[:, None] > ridge[None]
        shade = 0.6 + 0.7 * _cloud(rng, 0.9)[..., None]
        page = np.where(below[..., None], np.array(colour) * shade, page)
    return np.clip(page, 0, 255).astype(np.uint8)


def photograph(rng: Rng) -> np.ndarray:
    """A texture with the spectrum of photographs in colours of its own, or a plain gradient."""
    if rng.random() < 0.3:
        ends = rng.integers(0, 255, (2, 3))
        down = np.linspace(0, 1, _BIG)[:, None, None]
        page = ends[0] * (1 - down) + ends[1] * down + np.zeros((_BIG, _BIG, 3))
    else:
        base, mix = rng.uniform(40, 200, 3), rng.normal(0, 1, (3, 3))
        clouds = np.stack([_cloud(rng, rng.uniform(0.8, 1.5)) - 0.5 for _ in range(3)], -1)
        page = base + clouds @ mix * 160
    return np.clip(page + rng.normal(0, 3, page.shape), 0, 255).astype(np.uint8)


def plot(rng: Rng) -> np.ndarray:
    """Axes with lines or bars on white."""
    page = np.full((_BIG, _BIG, 3), 255, np.uint8)
    cv2.line(page, (45, 20), (45, 340), (0, 0, 0), 3)
    cv2.line(page, (45, 340), (370, 340), (0, 0, 0), 3)
    colours = [tuple(map(int, rng.integers(0, 220, 3))) for _ in range(5)]
    if rng.random() < 0.5:
        for i, colour in enumerate(colours):
            top = int(rng.integers(40, 300))
            cv2.rectangle(page, (65 + i * 60, top), (105 + i * 60, 338), colour, -1)
    else:
        for colour in colours[:3]:
            heights = 180 + np.cumsum(rng.normal(0, 16, 60))
            line = np.stack([np.linspace(50, 365, 60), heights], 1).astype(np.int32)
            cv2.polylines(page, [line], False, colour, 4, cv2.LINE_AA)
    for i in range(5):
        cv2.putText(page, f"{i}.0", (2, 330 - i * 70), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 2)
    return page


DRAWN: dict[str, Callable[[Rng], np.ndarray]] = {
    "cartoon": cartoon,
    "text": text,
    "landscape": landscape,
    "photograph": photograph,
    "plot": plot,
}
"""By kind: a picture of 384 x 384 pixels."""

# Optical density of red, green and blue per stain. Haematoxylin and eosin stand for the two that
# Giemsa gives; source: Ruifrok and Johnston, Anal Quant Cytol Histol 23 (2001) 291.
_FROM = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11]])
_TO = {
    "brown": np.array([[0.27, 0.57, 0.78], [0.30, 0.60, 0.70]]),
    "green": np.array([[0.85, 0.20, 0.50], [0.60, 0.15, 0.35]]),
    "blue": np.array([[0.85, 0.45, 0.10], [0.75, 0.50, 0.15]]),
}


def restained(image: np.ndarray, rng: Rng) -> np.ndarray:
    """A cell as two other dyes would show it; the background keeps its colour."""
    light = np.percentile(image.reshape(-1, 3), 95, axis=0)
    density = -np.log(np.clip(image / light, 1 / 255, 1))
    amounts = np.clip(density @ np.linalg.pinv(_FROM), 0, None)
    to = _TO[str(rng.choice(list(_TO)))] * rng.uniform(0.85, 1.15)
    return np.clip(np.exp(-amounts @ to) * light, 0, 255).astype(np.uint8)


def empty_field(image: np.ndarray, rng: Rng) -> np.ndarray:
    """Nothing but the background of an image: its colour, uneven light and the camera's noise."""
    bright = image.reshape(-1, 3).astype(float)
    bright = bright[bright.min(1) >= np.percentile(bright.min(1), 85)]
    noise = bright[rng.integers(0, len(bright), image.shape[:2])] - bright.mean(0)
    light = ndimage.gaussian_filter(rng.normal(size=image.shape[:2]), image.shape[0] / 4)
    light = light / max(float(np.abs(light).max()), 1e-9) * rng.uniform(0.5, 3)
    return np.clip(bright.mean(0) + light[..., None] + noise, 0, 255).astype(np.uint8)
