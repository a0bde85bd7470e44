"""Named sets of views: each image is answered in several forms, and the answers averaged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch

from buffycoat.augmentations.geometry import seen_through

__all__ = ["VIEWS", "ViewName", "mean_answer"]

ViewName = Literal["one", "flips", "turns", "scales", "all"]
"""`one` is the image as it is; `flips` adds its mirror images (4); `turns` all 8 positions;
`scales` the image nearer and further away, which weigh half as much (3); `all` those of `turns` at
each scale of `scales` (24)."""

View = Callable[[torch.Tensor], torch.Tensor]
Weighted = tuple[tuple[View, float], ...]

_SCALE = 1.15


def _same(images: torch.Tensor) -> torch.Tensor:
    return images


_FLIPS: tuple[View, ...] = (
    _same,
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


def _scaled(factor: float) -> View:
    """Seen through a window of `factor` times the side; borders are reflected."""

    def scale(images: torch.Tensor) -> torch.Tensor:
        matrix = (torch.eye(2) * factor).expand(len(images), 2, 2)
        seen = seen_through(images.float(), matrix)
        return seen.round().to(images.dtype) if images.dtype == torch.uint8 else seen

    return scale


def _both(first: View, second: View) -> View:
    return lambda images: second(first(images))


def _evenly(*views: View) -> Weighted:
    return tuple((view, 1.0) for view in views)


_TURNS: tuple[View, ...] = (*_FLIPS, *map(_turned, _FLIPS))
_SCALES: Weighted = ((_same, 1.0), (_scaled(1 / _SCALE), 0.5), (_scaled(_SCALE), 0.5))

VIEWS: dict[ViewName, Weighted] = {
    "one": _evenly(_same),
    "flips": _evenly(*_FLIPS),
    "turns": _evenly(*_TURNS),
    "scales": _SCALES,
    "all": tuple((_both(scale, turn), w) for scale, w in _SCALES for turn in _TURNS),
}
"""The views of each set, on batches (N, 3, H, W), with their weights."""


def mean_answer(
    answer: Callable[[torch.Tensor], torch.Tensor], images: torch.Tensor, views: ViewName
) -> torch.Tensor:
    """The weighted mean of the answers (N, C) to the views of images (N, 3, H, W)."""
    chosen = VIEWS[views]
    total = sum(weight for _, weight in chosen)
    return torch.stack([answer(view(images)) * (weight / total) for view, weight in chosen]).sum(0)
