"""What optics, sensors and file formats do to an image."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from buffycoat.augmentations.draws import as_column, normal_like, uniform
from buffycoat.augmentations.operations.operation import operations

__all__ = ["blur", "defocus", "illumination", "jpeg", "noise", "sharpness"]

_NOISE = 0.25
_BLUR = 0.03  # of the side, standard deviation
_DEFOCUS = 0.05  # of the side, radius
_SHARP = 5.0
_BEST, _WORST = 95.0, 5.0  # JPEG qualities
_SHADE = 0.6
_LEAST = 0.05  # pixels; a filter of no width is none


@operations.register
def noise(images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Normal noise on each number; at strength 1 of standard deviation .25."""
    drawn = normal_like(images, generator)
    return torch.addcmul(images, drawn, as_column(_NOISE * strength, images)).clamp_(0, 1)


@operations.register
def blur(
    images: torch.Tensor,
    strength: torch.Tensor,
    generator: torch.Generator,  # noqa: ARG001
) -> torch.Tensor:
    """Gaussian blur; at strength 1 of a standard deviation of 3% of the side."""
    sigma = (_BLUR * min(images.shape[2:]) * strength).clamp(min=_LEAST)
    reach, sigma = _reach(3 * float(sigma.max()), images), sigma.to(images)
    at = torch.arange(-reach, reach + 1, device=images.device, dtype=images.dtype)
    kernel = torch.exp(-0.5 * (at / sigma[:, None]) ** 2)
    kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(3, 0)[:, None]
    across = _filtered(images, kernel[:, :, None], (reach, reach, 0, 0))
    return _filtered(across, kernel[..., None], (0, 0, reach, reach))


@operations.register
def defocus(
    images: torch.Tensor,
    strength: torch.Tensor,
    generator: torch.Generator,  # noqa: ARG001
) -> torch.Tensor:
    """Every point spread over a disc; at strength 1 of a radius of 5% of the side."""
    radius = _DEFOCUS * min(images.shape[2:]) * strength
    reach, radius = _reach(float(radius.max()) + 0.5, images), radius.to(images)
    at = torch.arange(-reach, reach + 1, device=images.device, dtype=images.dtype)
    away = torch.hypot(at[:, None], at[None, :])
    disc = (radius[:, None, None] + 0.5 - away).clamp(0, 1)
    disc = disc / disc.sum((1, 2), keepdim=True)
    return _filtered(images, disc.repeat_interleave(3, 0)[:, None], (reach,) * 4)


@operations.register
def sharpness(
    images: torch.Tensor,
    strength: torch.Tensor,
    generator: torch.Generator,  # noqa: ARG001
) -> torch.Tensor:
    """Further from its smoothed self; at strength 1 five times as far more."""
    kernel = torch.ones(3, 3, dtype=images.dtype, device=images.device)
    kernel[1, 1] = 5
    kernel = (kernel / 13).expand(3 * len(images), 1, 3, 3)
    smooth = _filtered(images, kernel, (1,) * 4)
    return torch.lerp(smooth, images, as_column(1 + _SHARP * strength, images)).clamp_(0, 1)


@operations.register
def jpeg(
    images: torch.Tensor,
    strength: torch.Tensor,
    generator: torch.Generator,  # noqa: ARG001
) -> torch.Tensor:
    """Written as JPEG; at strength 1 with quality 5, near 0 with quality 95."""
    from kornia.enhance import jpeg_codec_differentiable

    quality = (_BEST + (_WORST - _BEST) * strength).to(images)
    written = torch.as_tensor(jpeg_codec_differentiable(images, quality)).clamp(0, 1)
    return torch.where(as_column(strength, images) > 0, written, images)


@operations.register
def illumination(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Light that falls off towards one side; at strength 1 between .4 and 1.6 times as much."""
    n, _, height, width = images.shape
    angle = uniform(n, 0, 2 * math.pi, generator)
    across = (angle.cos() * strength).to(images)[:, None, None]
    down = (angle.sin() * strength).to(images)[:, None, None]
    x = torch.linspace(-1, 1, width, device=images.device, dtype=images.dtype)
    y = torch.linspace(-1, 1, height, device=images.device, dtype=images.dtype)
    slope = across * x + down * y[:, None]
    return (images * (1 + _SHADE * slope.clamp(-1, 1))[:, None]).clamp_(0, 1)


def _reach(wanted: float, images: torch.Tensor) -> int:
    """Pixels to either side that a filter takes in; reflection needs fewer than there are."""
    return max(1, min(math.ceil(wanted), min(images.shape[2:]) - 1))


def _filtered(images: torch.Tensor, kernels: torch.Tensor, border: tuple[int, ...]) -> torch.Tensor:
    """Each channel (N * 3) through its own kernel (N * 3, 1, h, w), borders reflected."""
    n, channels, height, width = images.shape
    wide = F.pad(images, border, mode="reflect").contiguous()
    flat = wide.reshape(1, n * channels, *wide.shape[2:])
    found = F.conv2d(flat, kernels, groups=n * channels).reshape(n, channels, height, width)
    return found.clamp_(0, 1)
