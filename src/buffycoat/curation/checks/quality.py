"""Checks of one image: light, sharpness, colour, and pixels that carry nothing.

The limits were chosen by looking, and hold for stained films in bright field. The ranges at the
checks are of sound images: all of PBC (13,720, 224 px), of the Kaggle set (12,444, 320 x 240, sound
but for their black fill) and of BCCD's boxes with white cells (341, up to 240 px). Other stains and
microscopes may need others: `{name = "blurred", low = 0.002}`.
"""

from __future__ import annotations

import numpy as np

from buffycoat.curation.checks.check import check

__all__ = [
    "black_border",
    "blurred",
    "clipped",
    "dark_or_bright",
    "greyscale",
    "low_contrast",
    "uniform",
]

_BLUR_PX = 224
"""Larger images are brought to this side, by area, before their sharpness is measured."""

_BLACK = 12
"""Of 255; JPEG leaves black areas a little above 0."""

_NEAR = 10
"""Of 255; two colours so near are taken as one, noise and JPEG allowed for."""


def _grey(image: np.ndarray) -> np.ndarray:
    """Brightness (H, W), from 0 to 255, by the eye's weights (ITU-R BT.601)."""
    import cv2

    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY))


def _spread(image: np.ndarray) -> float:
    """Standard deviation of an image of one channel."""
    import cv2

    return float(cv2.meanStdDev(image)[1][0, 0])


def _strongest(image: np.ndarray) -> np.ndarray:
    """The largest of the three channels, (H, W); far faster than `max` over a last axis of 3."""
    found: np.ndarray = np.maximum(np.maximum(image[..., 0], image[..., 1]), image[..., 2])
    return found


def _weakest(image: np.ndarray) -> np.ndarray:
    """The smallest of the three channels, (H, W)."""
    found: np.ndarray = np.minimum(np.minimum(image[..., 0], image[..., 1]), image[..., 2])
    return found


@check(low=0.0035)
def blurred(image: np.ndarray) -> float:
    """Sharpness: variance of the Laplacian over the variance of brightness; low is blurred.

    The ratio does not depend on contrast. It is taken at a side of 224 pixels or less, so that a
    photograph has about the same one however large it was stored; an enlarged one is blurred.
    Sound images had .0037 to .38. Under a Gaussian blur of 1.5 pixels half of PBC's are below
    .0035, of 2 pixels 98 %, of 3 all.

    Source:
        Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy, ICPR 2000; the division
        is ours.
    """
    import cv2

    # not in whole numbers: their rounding would be the sharpest there is in a blurred image
    grey = _grey(image.astype(np.float32))
    scale = _BLUR_PX / grey.size**0.5
    if scale < 1:
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    edges = np.asarray(cv2.Laplacian(grey, cv2.CV_32F, borderType=cv2.BORDER_REFLECT))
    return _spread(edges) ** 2 / max(_spread(grey) ** 2, 0.06)


@check(low=0.4, high=0.92)
def dark_or_bright(image: np.ndarray) -> float:
    """Mean brightness, from 0 (black) to 1 (white).

    Sound images had .41 to .89.
    """
    return float(_grey(image).mean()) / 255


@check(low=0.04)
def low_contrast(image: np.ndarray) -> float:
    """Standard deviation of brightness, from 0 to 0.5.

    Sound images had .065 to .35.
    """
    return _spread(_grey(image)) / 255


@check(high=0.02)
def clipped(image: np.ndarray) -> float:
    """Share of pure black or pure white pixels: no detail is left there.

    None was in PBC and BCCD; the black that the Kaggle set was filled with is .1 to 19 %.
    """
    n_black = np.count_nonzero(_strongest(image) == 0)
    n_white = np.count_nonzero(_weakest(image) == 255)
    return float((n_black + n_white) / (image.shape[0] * image.shape[1]))


@check(low=0.05)
def uniform(image: np.ndarray) -> float:
    """Share of pixels unlike the image's median colour: near 0 there is nothing on it.

    Sound images had .056 (a platelet on an empty ground) or more.
    """
    import cv2

    pixels = np.ascontiguousarray(image)
    usual = np.array([_median(pixels, channel) for channel in range(3)], np.float64)
    low, high = usual - _NEAR, usual + _NEAR
    return 1 - cv2.countNonZero(cv2.inRange(pixels, low, high)) / (pixels.size / 3)


def _median(image: np.ndarray, channel: int) -> int:
    """The median of a channel of an image (H, W, 3), by counting; the lower one of two."""
    import cv2

    counts = cv2.calcHist([image], [channel], None, [256], [0, 256]).ravel()
    return int(np.searchsorted(np.cumsum(counts, dtype=np.float64), image.size / 6))


@check(low=0.02, unless_most=True)
def greyscale(image: np.ndarray) -> float:
    """Mean distance between the strongest and the weakest channel, 0 (grey) to 1.

    Grey images are flagged only where most of the table is in colour. Sound images had .037 to .31.
    """
    return float((_strongest(image) - _weakest(image)).mean() / 255)


@check(high=0.05)
def black_border(image: np.ndarray) -> float:
    """Share of the outermost pixels that are black: what a rotation or a shift left empty.

    None was in PBC and BCCD; the Kaggle set has .25 to .60.
    """
    edges = (image[0], image[-1], image[1:-1, 0], image[1:-1, -1])
    return float((np.concatenate(edges).max(axis=1) <= _BLACK).mean())
