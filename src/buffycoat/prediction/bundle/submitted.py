"""Classify images of single blood cells (n, 96, 96, 3) with the networks beside this file.

Written by Buffycoat's `bundle`. Needs NumPy, and onnxruntime or torch; nothing else.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Model"]

_FOLDER = Path(__file__).resolve().parent
_ONE = 1 << 22  # Pillow computes with weights in steps of 2^-22

_Answer = Callable[[np.ndarray], np.ndarray]


class Model:
    """The networks and the numbers of their classes; each has its preprocessing and views in it."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = json.loads((_FOLDER / "bundle.json").read_text("utf-8"))
        self.class_ids = np.array(self.facts["class_ids"], np.int64)
        opened = {"onnx": _open_onnx, "torch": _open_torch}[self.facts["backend"]]
        networks = self.facts["networks"]
        self._networks = [(fact, opened(_FOLDER / fact["file"])) for fact in networks]

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Class ids (n,), int64, of images (n, h, w, 3) in 0..255, uint8 or float.

        Raises:
            ValueError: when the images have another shape, or a value is not a number.
        """
        found: np.ndarray = self.class_ids[self.probabilities(X).argmax(1)]
        return found

    def probabilities(self, X: Any) -> np.ndarray:  # noqa: N803
        """Probabilities (n, classes), float32, in the order of `classes` in bundle.json.

        Those of several networks are averaged, each counting the same.
        """
        images = np.asarray(X)
        if images.ndim != 4 or images.shape[3] != 3:
            raise ValueError(f"X has the shape {images.shape}; it must be (n, height, width, 3)")
        found = np.zeros((len(images), len(self.class_ids)), np.float32)
        for fact, answer in self._networks:
            for start in range(0, len(images), fact["batch"]):
                part = slice(start, start + fact["batch"])
                found[part] += _answered(_as_bytes(images[part]), fact, answer)
        return found / np.float32(len(self._networks))


def _answered(images: np.ndarray, fact: dict[str, Any], answer: _Answer) -> np.ndarray:
    """Probabilities (n, classes) of at most as many images as the network takes at a time."""
    fitted = _fitted(images, tuple(fact["image_px"]), fact["fit"])
    missing = np.zeros((fact["batch"] - len(images), *fitted.shape[1:]), np.uint8)
    return answer(np.concatenate([fitted, missing]))[: len(images)]


def _open_onnx(path: Path) -> _Answer:
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors alone
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda images: session.run(None, {name: images})[0]


def _open_torch(path: Path) -> _Answer:
    import torch

    with warnings.catch_warnings():  # TorchScript is said to be deprecated; it loads everywhere
        warnings.simplefilter("ignore")
        network = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]

    def answer(images: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            found: np.ndarray = network(torch.from_numpy(images)).numpy()
            return found

    return answer


def _as_bytes(images: np.ndarray) -> np.ndarray:
    """Images as uint8, in C order."""
    if images.dtype != np.uint8:
        if not np.isfinite(images).all():
            raise ValueError("X has a value that is not a number; it must be in 0..255")
        images = np.rint(np.clip(images, 0, 255)).astype(np.uint8)
    return np.ascontiguousarray(images)


def _fitted(images: np.ndarray, image_px: tuple[int, int], fit: str) -> np.ndarray:
    """Images (n, h, w, 3) at the size that the network takes, as its training fitted them."""
    height, width = images.shape[1:3]
    if (height, width) == image_px:
        return images
    if fit == "pad":
        return _padded(images, image_px)
    inside = (float(height), float(width))
    if fit == "crop":
        inside = (
            min(height, width * image_px[0] / image_px[1]),
            min(width, height * image_px[1] / image_px[0]),
        )
    return _resized(images, image_px, inside)


def _padded(images: np.ndarray, image_px: tuple[int, int]) -> np.ndarray:
    """The whole image in its aspect, filled up with the median colour of its border."""
    n, height, width = images.shape[:3]
    scale = min(image_px[0] / height, image_px[1] / width)
    inside = max(1, round(height * scale)), max(1, round(width * scale))
    small = _resized(images, inside, (height, width))
    if inside == image_px:
        return small
    sides = (images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1])
    colours = np.median(np.concatenate(sides, axis=1), axis=1).round().astype(np.uint8)
    canvas = np.empty((n, *image_px, 3), np.uint8)
    canvas[:] = colours[:, None, None]
    top, left = (image_px[0] - inside[0]) // 2, (image_px[1] - inside[1]) // 2
    canvas[:, top : top + inside[0], left : left + inside[1]] = small
    return canvas


def _resized(
    images: np.ndarray, image_px: Sequence[int], inside: tuple[float, float]
) -> np.ndarray:
    """The middle of images, so high and wide, by Pillow's bicubic filter: columns, then rows."""
    images = _along(images, 2, _weights(images.shape[2], inside[1], image_px[1]))
    return _along(images, 1, _weights(images.shape[1], inside[0], image_px[0]))


def _along(images: np.ndarray, axis: int, weights: np.ndarray) -> np.ndarray:
    """Resample one axis; sums of whole numbers below 2^53, which float64 has exactly."""
    moved = np.moveaxis(images, axis, 1)
    flat = moved.reshape(len(moved), moved.shape[1], -1).astype(np.float64)
    sums = np.floor((weights @ flat + _ONE // 2) / _ONE)
    found = np.clip(sums, 0, 255).astype(np.uint8)
    return np.moveaxis(found.reshape(len(moved), -1, *moved.shape[2:]), 1, axis)


def _weights(size: int, inside: float, wanted: int) -> np.ndarray:
    """What each pixel gives to each resampled one, (wanted, size), in steps of 2^-22."""
    edge = (size - inside) / 2
    start, stop = np.float32(edge), np.float32(edge + inside)  # as Pillow takes them
    scale = float(stop - start) / wanted
    stretch = max(scale, 1.0)  # the filter grows when the image shrinks
    weights = np.zeros((wanted, size))
    for row in range(wanted):
        centre = float(start) + (row + 0.5) * scale
        low = max(int(centre - 2 * stretch + 0.5), 0)
        high = min(int(centre + 2 * stretch + 0.5), size)
        part = _bicubic((np.arange(low, high) - centre + 0.5) / stretch)
        part *= _ONE / part.sum()
        weights[row, low:high] = np.trunc(part + np.copysign(0.5, part))
    return weights


def _bicubic(x: np.ndarray) -> np.ndarray:
    x, a = np.abs(x), -0.5
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    part: np.ndarray = np.where(x < 1, near, np.where(x < 2, far, 0.0))
    return part
