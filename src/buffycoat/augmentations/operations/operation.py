"""What an operation is, and the list of them."""

from __future__ import annotations

from collections.abc import Callable

import torch

from buffycoat.registry import Registry

__all__ = ["Operation", "apply_where", "operations"]

Operation = Callable[[torch.Tensor, torch.Tensor, torch.Generator], torch.Tensor]
"""Images float (N, 3, H, W) in [0, 1], strengths (N,) from 0, which changes nothing, to 1, and a
generator on the processor; new images of that shape in [0, 1]. How much a strength of 1 changes
stands in each one's docstring; which way it goes is drawn for each image. Where there is nothing
between none and all, the strength is a probability."""

operations: Registry[Callable[..., torch.Tensor]] = Registry("augmentation operation")


def apply_where(
    operation: Operation,
    images: torch.Tensor,
    chosen: torch.Tensor,
    strength: torch.Tensor,
    generator: torch.Generator,
) -> torch.Tensor:
    """The images, those chosen changed: only these cost anything.

    Args:
        operation: The change.
        images: (N, 3, H, W) in [0, 1].
        chosen: Truths (N,).
        strength: (N,) from 0 to 1.
        generator: Source of all draws.
    """
    rows = torch.nonzero(chosen)[:, 0]
    if not len(rows):
        return images
    if len(rows) == len(images):
        return operation(images, strength, generator)
    there = rows.to(images.device)
    changed = operation(images[there], strength[rows], generator)
    return images.index_copy(0, there, changed.to(images.dtype))
