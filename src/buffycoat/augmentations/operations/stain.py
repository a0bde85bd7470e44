"""Stain: how much of each dye there is, and colour as the eye measures it."""

from __future__ import annotations

import torch

from buffycoat.augmentations.draws import as_column
from buffycoat.augmentations.operations.operation import operations
from buffycoat.errors import SettingError

__all__ = ["colour_transfer", "lab_jitter", "stain_jitter"]

AZURE = (0.724, 0.666, 0.179)
EOSIN = (0.391, 0.916, 0.091)
"""Optical density of the two dyes of May-Grünwald-Giemsa in red, green and blue, each of length 1.

The two ends (1% and 99%) of the angles of stained pixels in the plane that holds most of their
variance, over 400 training images of PBC; after Macenko et al., ISBI 2009.
"""

_DYE = 0.5
_GROUND = 0.1
_DARKEST = 1 / 256
_LIGHT, _COLOUR = 15.0, 20.0  # in Lab units
_LEAST_SPREAD = 1.0


@operations.register
def stain_jitter(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """More or less of each dye; at strength 1 by up to half, and up to .1 of density everywhere.

    Densities of azure, of eosin and of what neither explains are changed each on its own.

    Source:
        Tellez et al., Whole-slide mitosis detection in H&E breast histology, IEEE TMI 37 (2018),
        for the jitter of densities.
    """
    n = len(images)
    factor = 1 + (torch.rand(n, 3, generator=generator) * 2 - 1) * _DYE * strength[:, None]
    ground = (torch.rand(n, 3, generator=generator) * 2 - 1) * _GROUND * strength[:, None]
    dyes = _dyes()
    change = torch.linalg.inv(dyes) @ (factor[..., None] * dyes)  # density in, density out
    added = ground[:, None] @ dyes
    density = -torch.log(images.clamp(min=_DARKEST)).flatten(2)
    turned = change.transpose(1, 2).to(images) @ density + added.transpose(1, 2).to(images)
    return torch.exp(-turned).reshape(images.shape).clamp_(0, 1)


@operations.register
def lab_jitter(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Lightness and both colour axes of Lab shifted; at strength 1 by up to 15 and 20 units."""
    from kornia.color import lab_to_rgb, rgb_to_lab

    reach = torch.tensor([_LIGHT, _COLOUR, _COLOUR])
    shift = (torch.rand(len(images), 3, generator=generator) * 2 - 1) * reach
    lab = rgb_to_lab(images) + as_column(shift * strength[:, None], images)
    return torch.as_tensor(lab_to_rgb(lab)).clamp(0, 1)


@operations.register
def colour_transfer(
    images: torch.Tensor,
    strength: torch.Tensor,
    generator: torch.Generator,
    *,
    mean: list[float] | None = None,
    spread: list[float] | None = None,
) -> torch.Tensor:
    """Brought to the Lab mean and spread of a target set, a share of the way.

    Args:
        images: (N, 3, H, W) in [0, 1].
        strength: The share, (N,).
        generator: Draws the images that are targets where no set is given.
        mean: Mean L, a and b of the target set; by default those of another image of the batch.
        spread: Standard deviations of L, a and b in its images, likewise.

    Raises:
        SettingError: for anything but three numbers.

    Source:
        Reinhard et al., Color transfer between images, IEEE CG&A 21 (2001).
    """
    from kornia.color import lab_to_rgb, rgb_to_lab

    lab = rgb_to_lab(images)
    own_mean, own = lab.mean((2, 3)), lab.std((2, 3)).clamp(min=_LEAST_SPREAD)
    round_trip = torch.randperm(len(images), generator=generator)
    other = torch.empty_like(round_trip)
    other[round_trip] = round_trip.roll(1)  # nobody is its own
    other = other.to(images.device)
    to_mean, to = own_mean[other], own[other]
    if mean is not None:
        to_mean = _in_lab("mean", mean).expand_as(own).to(images)
    if spread is not None:
        to = _in_lab("spread", spread).expand_as(own).to(images)
    scaled = (lab - as_column(own_mean, images)) * as_column(to / own, images)
    found = torch.as_tensor(lab_to_rgb(scaled + as_column(to_mean, images)))
    return torch.lerp(images, found.clamp(0, 1), as_column(strength, images))


def _in_lab(name: str, given: list[float]) -> torch.Tensor:
    if not isinstance(given, list | tuple) or len(given) != 3:
        raise SettingError(f"colour_transfer: {name} is {given!r}: give three numbers, L, a and b")
    return torch.tensor([float(value) for value in given])


def _dyes() -> torch.Tensor:
    """Azure, eosin and what is perpendicular to both, one in each row (3, 3)."""
    azure, eosin = torch.tensor(AZURE), torch.tensor(EOSIN)
    rest = torch.linalg.cross(azure, eosin)
    return torch.stack([azure, eosin, rest / rest.norm()])
