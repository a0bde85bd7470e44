"""The colour of the background at an image's border, and the batches that it tells apart."""

from __future__ import annotations

import numpy as np

from buffycoat.curation.looks.look import Look

__all__ = ["BACKGROUND", "background_colour", "batches_of"]

_SIDE_PX = 64
_BAND_PX = 8
_BLACK = 12  # of 255: what a rotation left empty is no background
_MOST_BATCHES = 6
_MOST_ROWS = 2000
_LEAST_SHARE = 0.01  # of the images: a smaller cluster is some odd images, and no batch
_APART = 0.6
"""Mean silhouette from which clusters count as batches: one cloud cut in two has about 0.3 to
0.45, clusters that do not touch 0.6 and more."""


def background_colour(image: np.ndarray) -> np.ndarray:
    """Median L (0 to 100), a and b of the bright pixels at the border of an image, float32 (3,).

    Bright is above Otsu's threshold in green; without such pixels the whole border counts.
    """
    import cv2

    height, width = image.shape[:2]
    how = cv2.INTER_AREA if min(height, width) > _SIDE_PX else cv2.INTER_NEAREST
    small = cv2.resize(image, (_SIDE_PX, _SIDE_PX), interpolation=how)
    seen = small.max(axis=2) > _BLACK
    green = small[..., 1]
    at_border = np.ones(seen.shape, bool)
    at_border[_BAND_PX:-_BAND_PX, _BAND_PX:-_BAND_PX] = False
    values = np.ascontiguousarray(green[seen]).reshape(1, -1)
    limit = cv2.threshold(values, 0, 255, cv2.THRESH_OTSU)[0] if values.size else 0
    for mask in (at_border & seen & (green > limit), at_border & seen, at_border):
        if mask.sum() >= _BAND_PX:
            pixels = small[mask][None].astype(np.float32) / 255
            found: np.ndarray = np.median(cv2.cvtColor(pixels, cv2.COLOR_RGB2Lab)[0], axis=0)
            return found.astype(np.float32)
    raise AssertionError("the whole border is never empty")


BACKGROUND = Look("background", background_colour, (3,))
"""The background as a look: its array is called `background`."""


def batches_of(colours: np.ndarray) -> np.ndarray:
    """The batch (N,) of each background colour (N, 3), from 0 by number of images.

    As many clusters (k-means, at most six) as lie best apart by their mean silhouette; one where
    none lie clearly apart. Clusters of less than 1% of the images do not count: their images are
    of the nearest batch.

    Source:
        Rousseeuw, Silhouettes: a graphical aid to the interpretation and validation of cluster
        analysis, J. Computational and Applied Mathematics 20 (1987) 53.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_samples

    some = colours[:: -(-len(colours) // _MOST_ROWS)] if len(colours) else colours
    best, most = None, _APART
    for k in range(2, min(_MOST_BATCHES, len(np.unique(some, axis=0)) - 1) + 1):
        model = KMeans(k, n_init=4, random_state=0).fit(some)
        is_large = np.bincount(model.labels_, minlength=k) >= _LEAST_SHARE * len(some)
        if is_large.sum() < 2:
            continue
        apart = silhouette_samples(some, model.labels_)[is_large[model.labels_]].mean()
        if apart > most:
            best, most = model.cluster_centers_[is_large], apart
    if best is None:
        return np.zeros(len(colours), np.int64)
    away = np.stack([((colours - centre) ** 2).sum(axis=1) for centre in best])
    found = away.argmin(axis=0)
    rank = np.argsort(np.argsort(-np.bincount(found, minlength=len(best)), kind="stable"))
    batches: np.ndarray = rank[found].astype(np.int64)
    return batches
