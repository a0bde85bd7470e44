"""Images made of two, with targets in the same shares: (N, C) soft labels."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F

from buffycoat.augmentations.draws import as_column
from buffycoat.errors import SettingError
from buffycoat.registry import Choice, Registry

__all__ = ["Mixing", "build_mixing", "mixings"]

Mixing = Callable[..., tuple[torch.Tensor, torch.Tensor]]
"""Images (N, 3, H, W), targets (N, C) that sum to 1, a generator, and the share of the rate that is
wanted yet, 0 to 1; both mixed."""

mixings: Registry[Callable[..., tuple[torch.Tensor, torch.Tensor]]] = Registry("mixing")

_DECAY = 3.0


def build_mixing(choice: Choice) -> Mixing:
    """The chosen mixing with its arguments bound; while a curriculum grows, of fewer images.

    Raises:
        UnknownNameError: for a name that is no mixing.
        SettingError: for an argument that it does not take.
    """
    mixing = mixings.checked(choice, "images", "targets", "generator")

    def mixed(
        images: torch.Tensor,
        targets: torch.Tensor,
        generator: torch.Generator,
        scale: float = 1.0,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        rate = choice.arguments.get("rate", 1.0)
        given = {**choice.arguments, **({"rate": rate * scale} if scale < 1 else {})}
        return mixing(images, targets, generator, **given)

    return mixed


@mixings.register
def none(
    images: torch.Tensor,
    targets: torch.Tensor,
    generator: torch.Generator,  # noqa: ARG001
) -> tuple[torch.Tensor, torch.Tensor]:
    """Nothing mixed."""
    return images, targets


@mixings.register
def mixup(
    images: torch.Tensor,
    targets: torch.Tensor,
    generator: torch.Generator,
    *,
    alpha: float = 0.2,
    rate: float = 1.0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The weighted mean of two images.

    Args:
        images: (N, 3, H, W) in [0, 1].
        targets: (N, C).
        generator: Source of all draws.
        alpha: Of the beta distribution of shares; 1 is even, near 0 leaves one image.
        rate: Share of the images that are mixed.

    Source:
        Zhang et al., mixup: beyond empirical risk minimization, ICLR 2018.
    """
    share, other = _shares(len(images), alpha, rate, generator)
    there = other.to(images.device)
    mixed = torch.lerp(images[there], images, as_column(share, images))
    return mixed, _mixed_targets(targets, other, share)


@mixings.register
def cutmix(
    images: torch.Tensor,
    targets: torch.Tensor,
    generator: torch.Generator,
    *,
    alpha: float = 1.0,
    rate: float = 1.0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """A box of another image pasted in; targets by the area that is really seen.

    Args:
        images: (N, 3, H, W) in [0, 1].
        targets: (N, C).
        generator: Source of all draws.
        alpha: Of the beta distribution of shares.
        rate: Share of the images that are mixed.

    Source:
        Yun et al., CutMix, ICCV 2019.
    """
    share, other = _shares(len(images), alpha, rate, generator)
    height, width = images.shape[2:]
    side = (1 - share).sqrt()
    middle = torch.rand(len(images), 2, generator=generator)
    x = (torch.arange(width) + 0.5) / width
    y = (torch.arange(height) + 0.5) / height
    across = (x - middle[:, :1]).abs() < side[:, None] / 2
    down = (y - middle[:, 1:]).abs() < side[:, None] / 2
    return _pasted(images, targets, (down[:, :, None] & across[:, None])[:, None], other)


@mixings.register
def fourier_mix(
    images: torch.Tensor,
    targets: torch.Tensor,
    generator: torch.Generator,
    *,
    alpha: float = 1.0,
    rate: float = 1.0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Patches of any form of another image pasted in: where noise of low frequency is high.

    Args:
        images: (N, 3, H, W) in [0, 1].
        targets: (N, C).
        generator: Source of all draws.
        alpha: Of the beta distribution of shares.
        rate: Share of the images that are mixed.

    Source:
        Harris et al., FMix: enhancing mixed sample data augmentation, 2020.
    """
    n, _, height, width = images.shape
    share, other = _shares(n, alpha, rate, generator)
    frequency = torch.hypot(
        torch.fft.fftfreq(height)[:, None] * height, torch.fft.rfftfreq(width)[None] * width
    )
    noise = torch.fft.rfft2(torch.randn(n, height, width, generator=generator))
    smooth = torch.fft.irfft2(noise / frequency.clamp(min=1) ** _DECAY, (height, width))
    n_kept = (share * height * width).round().long()[:, None]
    levels = F.pad(smooth.flatten(1).sort(1).values, (0, 1), value=math.inf)
    is_other = smooth[:, None] >= levels.gather(1, n_kept)[..., None, None]
    return _pasted(images, targets, is_other, other)


def _shares(
    n: int, alpha: float, rate: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """What of each image is kept (N,), and which image (N,) the rest comes from."""
    if not 0 < alpha < math.inf or not 0 <= rate <= 1:
        said = f"alpha is {alpha} and rate {rate}"
        raise SettingError(f"{said}: alpha must be above 0 and the rate between 0 and 1")
    drawn = torch._standard_gamma(torch.full((n, 2), alpha), generator=generator)
    share = drawn[:, 0] / drawn.sum(1).clamp(min=torch.finfo(drawn.dtype).tiny)
    share[torch.rand(n, generator=generator) >= rate] = 1
    return share, torch.randperm(n, generator=generator)


def _pasted(
    images: torch.Tensor, targets: torch.Tensor, is_other: torch.Tensor, other: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Another image where (N, 1, H, W) says so, and the targets by area."""
    share = 1 - is_other.float().mean((1, 2, 3))
    seen = torch.where(is_other.to(images.device), images[other.to(images.device)], images)
    return seen, _mixed_targets(targets, other, share)


def _mixed_targets(targets: torch.Tensor, other: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    weight = share.to(targets)[:, None]
    return targets * weight + targets[other.to(targets.device)] * (1 - weight)
