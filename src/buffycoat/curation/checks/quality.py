"""Checks of one image: light, sharpness, colour, and pixels that carry nothing.

The limits were chosen by looking, and hold for stained films in bright field: at images drawn at
random, 400 of PBC (50 of each class, 224 px), 150 of the Kaggle set (320 x 240) and 40 fields of
BCCD (640 x 480). Each leaves a distance to the outermost sound image of these; the ranges stand at
the checks. Other stains and microscopes may need others: `{name = "blur", low = 0.002}`.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from buffycoat.curation.checks.check import check

__all__ = ["black_border", "blur", "brightness", "clipped", "colour", "contrast", "uniform"]

_GREY = np.array([0.299, 0.587, 0.114], np.float32) / 255
"""Weights of red, green and blue in what the eye sees as brightness (ITU-R BT.601)."""

_BLACK = 12
"""Of 255; JPEG leaves black areas a little above 0."""

_NEAR = 10
"""Of 255; two colours so near are taken as one, noise and JPEG allowed for."""


def _grey(image: np.ndarray) -> np.ndarray:
    """Brightness (H, W), from 0 to 1."""
    return image @ _GREY


def _strongest(image: np.ndarray) -> np.ndarray:
    """The largest of the three channels, (H, W); far faster than `max` over a last axis of 3."""
    found: np.ndarray = np.maximum(np.maximum(image[..., 0], image[..., 1]), image[..., 2])
    return found


def _weakest(image: np.ndarray) -> np.ndarray:
    """The smallest of the three channels, (H, W)."""
    found: np.ndarray = np.minimum(np.minimum(image[..., 0], image[..., 1]), image[..., 2])
    return found


@check(low=0.004)
def blur(image: np.ndarray) -> float:
    """Sharpness: variance of the Laplacian over the variance of brightness; low is blurred.

    The ratio does not depend on contrast, but on the size of a pixel: an enlarged image is a
    blurred one. Sound images had .0056 to .29; PBC's under a Gaussian blur of 1.5 pixels .0016 to
    .0057 (5 to 95 %), of 2 pixels all below .004.

    Source:
        Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy, ICPR 2000; the division
        is ours.
    """
    grey = _grey(image)
    return float(ndimage.laplace(grey).var() / max(float(grey.var()), 1e-6))


@check(low=0.4, high=0.92)
def brightness(image: np.ndarray) -> float:
    """Mean brightness, from 0 (black) to 1 (white).

    Sound images had .57 to .86.
    """
    return float(_grey(image).mean())


@check(low=0.04)
def contrast(image: np.ndarray) -> float:
    """Standard deviation of brightness, from 0 to 0.5.

    Sound images had .065 (fields) to .33.
    """
    return float(_grey(image).std())


@check(high=0.02)
def clipped(image: np.ndarray) -> float:
    """Share of pixels that are pure black or pure white: no detail is left there.

    None was in PBC and BCCD; the black that the Kaggle set was filled with is 1.5 to 16 %.
    """
    return float(((_strongest(image) == 0) | (_weakest(image) == 255)).mean())


@check(high=0.95)
def uniform(image: np.ndarray) -> float:
    """Share of pixels of about the image's median colour: near 1 there is nothing on it.

    Sound images had up to .79 (a platelet on an empty ground).
    """
    is_near = np.ones(image.shape[:2], bool)
    for channel in np.moveaxis(image, 2, 0).astype(np.int16):
        is_near &= np.abs(channel - int(np.median(channel))) <= _NEAR
    return float(is_near.mean())


@check(low=0.02, unless_most=True)
def colour(image: np.ndarray) -> float:
    """Mean distance between the strongest and the weakest channel, 0 (grey) to 1.

    Grey images are flagged only where most of the table is in colour. Sound images had .045 to .25.
    """
    return float((_strongest(image) - _weakest(image)).mean() / 255)


@check(high=0.05)
def black_border(image: np.ndarray) -> float:
    """Share of the outermost pixels that are black: what a rotation or a shift left empty.

    None was in PBC and BCCD; the Kaggle set has .42 to .57.
    """
    is_black = _strongest(image) <= _BLACK
    edges = (is_black[0], is_black[-1], is_black[1:-1, 0], is_black[1:-1, -1])
    return float(np.concatenate(edges).mean())
