"""Draws for a batch: one for each image, from a generator on the processor."""

from __future__ import annotations

import torch

__all__ = ["as_column", "normal_like", "signs", "uniform"]


def uniform(n: int, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    """One draw for each of n images, (N,), from low to high."""
    return torch.rand(n, generator=generator) * (high - low) + low


def signs(n: int, generator: torch.Generator) -> torch.Tensor:
    """-1 or 1 for each of n images, (N,)."""
    return 1.0 - 2.0 * (torch.rand(n, generator=generator) < 0.5)


def as_column(values: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """Values (N,) or (N, 3) as (N, 1, 1, 1) or (N, 3, 1, 1), of the type of the images."""
    values = values.to(images)
    return values.reshape(len(images), -1, 1, 1)


def normal_like(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Normal draws with the shape of images, made where they are; a seed for them is drawn."""
    seed = int(torch.randint(2**62, (), generator=generator))
    there = torch.Generator(images.device).manual_seed(seed)
    return torch.randn(images.shape, generator=there, device=images.device, dtype=images.dtype)
