"""The form of things: seen from aside, or bent."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from buffycoat.augmentations.operations.operation import operations

__all__ = ["elastic", "perspective"]

_BEND = 0.06  # of the side
_N_KNOTS = 6
_CORNER = 0.3  # of half the side


@operations.register
def perspective(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Each corner moved inwards on its own; at strength 1 by up to 15% of the side."""
    from kornia.geometry.transform import get_perspective_transform, homography_warp

    n, _, height, width = images.shape
    corners = torch.tensor([[-1.0, -1], [1, -1], [1, 1], [-1, 1]]).expand(n, 4, 2)
    inwards = torch.rand(n, 4, 2, generator=generator) * _CORNER * strength[:, None, None]
    seen = corners - corners.sign() * inwards
    matrix = get_perspective_transform(corners.contiguous(), seen).to(images)
    warped = homography_warp(images, matrix, (height, width), padding_mode="reflection")
    return torch.as_tensor(warped).clamp(0, 1)


@operations.register
def elastic(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Bent smoothly, as cells are by their neighbours; at strength 1 by up to 6% of the side.

    Six knots along each side are moved, and what lies between follows; a filter over a field of
    noise, which kornia uses, takes fifty times as long.
    """
    n, _, height, width = images.shape
    knots = torch.rand(n, 2, _N_KNOTS, _N_KNOTS, generator=generator) * 2 - 1
    knots = (knots * 2 * _BEND * strength[:, None, None, None]).to(images)
    bend = F.interpolate(knots, (height, width), mode="bicubic", align_corners=False)
    straight = torch.eye(2, 3).expand(n, 2, 3).to(images)
    grid = F.affine_grid(straight, [n, 3, height, width], align_corners=False)
    grid = grid + bend.permute(0, 2, 3, 1)
    bent = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    return bent.clamp_(0, 1)
