"""Named sets of views: each image is answered in several positions, and the answers averaged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch

__all__ = ["VIEWS", "ViewName"]

ViewName = Literal["one", "flips", "turns"]
"""`one` is the image as it is; `flips` adds its mirror images (4); `turns` all 8 positions."""

View = Callable[[torch.Tensor], torch.Tensor]

_FLIPS: tuple[View, ...] = (
    lambda images: images,
    lambda images: images.flip(-1),
    lambda images: images.flip(-2),
    lambda images: images.flip(-1, -2),
)


def _turned(view: View) -> View:
    # Images that are not square would change their shape, and keep to their flips instead.
    def turn(images: torch.Tensor) -> torch.Tensor:
        is_square = images.shape[-1] == images.shape[-2]
        return view(images).transpose(-1, -2) if is_square else view(images)

    return turn


VIEWS: dict[ViewName, tuple[View, ...]] = {
    "one": _FLIPS[:1],
    "flips": _FLIPS,
    "turns": (*_FLIPS, *map(_turned, _FLIPS)),
}
"""The views of each set, on batches (N, 3, H, W)."""
