"""Where the cell in an image lies, and which of it is chromatin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["SIDE_PX", "Cell", "find_cell"]

SIDE_PX = 128
"""Images are measured at the scale at which their area is the square of this."""

_BLACK = 12  # of 255: what a rotation left empty carries nothing
_LOBE = 0.1  # a smaller part of the largest component is a crumb, not a lobe
_REACH_PX = 14  # the cytoplasm is looked for so far around the body


@dataclass(frozen=True)
class Cell:
    """An image at the scale of measurement, and the masks (h, w) of its parts, bool."""

    rgb: np.ndarray
    """uint8 (h, w, 3)."""
    lab: np.ndarray
    """uint8 (h, w, 3), L, a and b from 0 to 255."""
    body: np.ndarray
    """What took up the blue dye: nucleus, granules, cytoplasm where it is basophilic."""
    chromatin: np.ndarray
    """The darker part of the body in red."""
    surround: np.ndarray
    """What is around the body and darker in green than the ground: the paler cytoplasm."""
    ground: np.ndarray
    """What is bright in green: no cell."""
    seen: np.ndarray
    """What is not black fill."""
    outwards_px: np.ndarray
    """Distance of each pixel from the edge of the body, negative inside; float32."""
    n_components: int
    """Components as blue as the body, and of the size of a cell's part, in the whole image."""


def find_cell(image: np.ndarray) -> Cell:
    """The parts of the cell in an image (H, W, 3), uint8.

    The largest blue component near the centre is the body, with those near it as its lobes. An
    image without a cell gets masks of whatever is bluest and darkest; they may be empty.

    Source:
        Otsu, A threshold selection method from gray-level histograms, IEEE Trans. SMC 9 (1979)
        62, for the three thresholds.
    """
    import cv2

    rgb = _scaled(image)
    seen = np.maximum(np.maximum(rgb[..., 0], rgb[..., 1]), rgb[..., 2]) > _BLACK
    red, green, blue = cv2.split(cv2.GaussianBlur(rgb, (0, 0), 1.0))
    dyed = cv2.addWeighted(blue, 0.5, green, -0.5, 128)  # red cells stay near the ground
    dyed = cv2.addWeighted(dyed, 1.0, red, -0.25, 64)  # where there is no colour, darkness
    body, n_components = _body(seen & (dyed > _threshold(dyed[seen])))
    chromatin = body & (red <= _threshold(red[body]))
    outside = cv2.distanceTransform((~body).view(np.uint8), cv2.DIST_L2, 3)
    inside = cv2.distanceTransform(body.view(np.uint8), cv2.DIST_L2, 3)
    outwards = outside - inside if body.any() else np.full(body.shape, 1e3, np.float32)
    pale = seen & (green > _threshold(green[seen]))
    around = seen & ~pale & (outside > 0) & (outside <= _REACH_PX)
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    return Cell(rgb, lab, body, chromatin, around, pale, seen, outwards, n_components)


def _scaled(image: np.ndarray) -> np.ndarray:
    import cv2

    height, width = image.shape[:2]
    zoom = SIDE_PX / (height * width) ** 0.5
    if zoom == 1:
        return image
    size = (max(16, round(width * zoom)), max(16, round(height * zoom)))
    how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    scaled: np.ndarray = cv2.resize(image, size, interpolation=how)
    return scaled


def _threshold(values: np.ndarray) -> float:
    """Otsu's threshold of values (n,), uint8; 0 where there are none."""
    import cv2

    if not values.size:
        return 0.0
    return float(cv2.threshold(values.reshape(1, -1), 0, 255, cv2.THRESH_OTSU)[0])


def _body(dyed: np.ndarray) -> tuple[np.ndarray, int]:
    """The mask (h, w) of the cell's body with its lobes, and how many components are large."""
    import cv2

    n, labels, stats, centres = cv2.connectedComponentsWithStats(dyed.view(np.uint8))
    if n < 2:
        return np.zeros(dyed.shape, bool), 0
    area, centres = stats[1:, cv2.CC_STAT_AREA].astype(float), centres[1:]
    middle = (np.array(dyed.shape[::-1]) - 1) / 2
    off = np.linalg.norm(centres - middle, axis=1) / np.linalg.norm(middle)
    main = int(np.argmax(area * (1 - 0.7 * off)))
    radius = (area[main] / np.pi) ** 0.5
    near = np.linalg.norm(centres - centres[main], axis=1) <= 2.5 * radius + 4
    is_lobe = np.concatenate([[False], near & (area >= _LOBE * area[main])])
    return is_lobe[labels], int((area >= 0.005 * dyed.size).sum())
