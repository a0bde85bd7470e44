"""Where the film is empty, where red cells lie and where nuclei lie in an image of a smear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Parts", "find_parts"]

_SIDE_PX = 200
"""Images are measured at the scale at which their area is the square of this."""

_BLACK = 12  # of 255: what a rotation left empty carries nothing
_FAR = 0.05  # of the side: so far from a nucleus no cytoplasm is mistaken for a red cell
_EDGE = 0.008  # of the side: blurred edges have a mixture of two colours


@dataclass(frozen=True)
class Parts:
    """An image at the scale of measurement, and the masks (h, w) of its parts, bool."""

    rgb: np.ndarray
    """uint8 (h, w, 3)."""
    zoom: float
    """Pixels here for a pixel of the image."""
    empty: np.ndarray
    """Where there is no cell."""
    red: np.ndarray
    """What is darker in green and not near a nucleus: red cells, with their edges."""
    nucleus: np.ndarray
    """What took up azure: chromatin, platelets, basophilic cytoplasm and granules."""
    apart: float
    """How clearly green tells red cells from the ground: Otsu's share of the variance, 0 to 1."""
    chromatic: float
    """How clearly azure tells nuclei from the rest, likewise."""

    def core(self, mask: np.ndarray) -> np.ndarray:
        """A mask without its edges, where two colours mix."""
        import cv2

        disc = _disc(_EDGE * max(mask.shape))
        eroded: np.ndarray = cv2.erode(mask.view(np.uint8), disc).view(bool)
        return eroded


def find_parts(image: np.ndarray) -> Parts:
    """The parts of an image (H, W, 3), uint8, of a film stained in the manner of Romanowsky.

    Haemoglobin and eosin absorb green and blue, the azure of nuclei red and hardly any blue:
    density in red less density in blue finds nuclei, and green what else is dark.

    Source:
        Otsu, A threshold selection method from gray-level histograms, IEEE Trans. SMC 9 (1979) 62.
    """
    import cv2

    rgb, zoom = _scaled(image)
    seen = rgb.max(axis=2) > _BLACK
    smooth = cv2.GaussianBlur(rgb, (0, 0), 1.0)
    green = smooth[..., 1]
    limit, _ = _otsu(green[seen])
    dyed = _azure(smooth, seen & (green > limit))
    limit, chromatic = _otsu(dyed[seen])
    nucleus = seen & (dyed > limit)
    far = seen & ~cv2.dilate(nucleus.view(np.uint8), _disc(_FAR * max(seen.shape))).view(bool)
    limit, apart = _otsu(green[far])
    empty, darker = far & (green > limit), far & (green <= limit)
    return Parts(rgb, zoom, empty, darker, nucleus, apart, chromatic)


def _azure(rgb: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Density in red less density in blue, against the ground; 0 where it is less; uint8 (h, w)."""
    white = np.median(rgb[ground], axis=0) if ground.any() else np.full(3, 255.0)
    density = -np.log((np.arange(256)[:, None] + 1) / (white + 1))  # (256, 3)
    more = density[rgb[..., 0], 0] - density[rgb[..., 2], 2]
    levels: np.ndarray = np.clip(160 * more, 0, 255).astype(np.uint8)
    return levels


def _disc(radius: float) -> np.ndarray:
    import cv2

    width = 2 * max(1, round(radius)) + 1
    disc: np.ndarray = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    return disc


def _scaled(image: np.ndarray) -> tuple[np.ndarray, float]:
    import cv2

    height, width = image.shape[:2]
    zoom = _SIDE_PX / (height * width) ** 0.5
    size = (max(16, round(width * zoom)), max(16, round(height * zoom)))
    how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    scaled: np.ndarray = cv2.resize(image, size, interpolation=how)
    return scaled, zoom


def _otsu(values: np.ndarray) -> tuple[float, float]:
    """Otsu's threshold of values (n,), uint8, and the share of the variance between both sides."""
    import cv2

    if not values.size:
        return -1.0, 0.0
    limit = float(cv2.threshold(values.reshape(1, -1), 0, 255, cv2.THRESH_OTSU)[0])
    below = values <= limit
    share, variance = float(below.mean()), float(values.var())
    if not variance or not 0 < share < 1:
        return limit, 0.0
    step = float(values[~below].mean()) - float(values[below].mean())
    return limit, share * (1 - share) * step**2 / variance
