"""Drawn fields of cells and what augmentation makes of them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

Draw = Callable[[int], np.ndarray]


@pytest.fixture(scope="session")
def draw_field() -> Draw:
    """A function from a seed to a field of red cells and one white cell, uint8 (240, 320, 3)."""

    def draw(seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        field = np.full((240, 320, 3), (225, 220, 210), np.uint8)
        for _ in range(28):
            place = [int(x) for x in rng.integers((0, 0), (320, 240))]
            axes = [int(x) for x in rng.integers(12, 22, 2)]
            shade = [int(x) for x in rng.integers((190, 120, 110), (220, 160, 150))]
            cv2.ellipse(field, place, axes, int(rng.integers(180)), 0, 360, shade, -1, cv2.LINE_AA)
            inner = [side // 3 for side in axes]
            cv2.ellipse(field, place, inner, 0, 0, 360, (225, 190, 185), -1, cv2.LINE_AA)
        for _ in range(4):
            place = [int(x) for x in rng.integers((130, 90), (190, 150))]
            cv2.circle(field, place, int(rng.integers(9, 20)), (95, 60, 140), -1, cv2.LINE_AA)
        noise = rng.normal(0, 3, field.shape)
        return np.clip(cv2.GaussianBlur(field, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)

    return draw


def turned(image: np.ndarray, degrees: float, scale: float, shift: tuple[int, int]) -> np.ndarray:
    """The image turned, scaled and shifted, with black where nothing was."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    matrix[:, 2] += shift
    return cv2.warpAffine(image, matrix, (width, height))


def sheared(image: np.ndarray, by: float) -> np.ndarray:
    """The image sheared."""
    matrix = np.array([[1, by, -by * image.shape[0] / 2], [0, 1, 0]])
    return cv2.warpAffine(image, matrix, image.shape[1::-1])


def compressed(image: np.ndarray, quality: int) -> np.ndarray:
    """The image as JPEG leaves it."""
    written = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(written, cv2.IMREAD_COLOR)


AUGMENTED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "turned by 73 degrees": lambda image: turned(image, 73, 1.0, (0, 0)),
    "turned by 180": lambda image: np.ascontiguousarray(image[::-1, ::-1]),
    "mirrored": lambda image: np.ascontiguousarray(image[:, ::-1]),
    "mirrored and turned": lambda image: turned(image[:, ::-1].copy(), -35, 1.1, (8, 5)),
    "shifted": lambda image: turned(image, 0, 1.0, (45, -30)),
    "sheared": lambda image: sheared(image, 0.25),
    "brightened": lambda image: np.clip(image * 1.15 + 10, 0, 255).astype(np.uint8),
    "halved": lambda image: cv2.resize(image, (160, 120), interpolation=cv2.INTER_AREA),
    "cropped": lambda image: np.ascontiguousarray(image[20:220, 25:295]),
    "compressed": lambda image: compressed(image, 30),
}
"""What augmentation does, by name."""
