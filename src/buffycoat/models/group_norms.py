"""Group norms in the place of batch norms: what a cell's image gives depends on no other image."""

from __future__ import annotations

import math

from timm.layers import BatchNormAct2d, GroupNormAct
from torch import nn

__all__ = ["n_groups", "put_group_norms"]

_SIZE = 8


def n_groups(n_channels: int) -> int:
    """Groups of 8 channels, of 4 or 2 where 8 does not divide them, else one of all.

    Source:
        Wu and He, Group normalization, ECCV 2018; groups of 8 as in timm's efficientnet_b0_gn.
    """
    size = math.gcd(n_channels, _SIZE)
    return n_channels // size if size > 1 else 1


def put_group_norms(module: nn.Module) -> int:
    """Put a group norm in the place of each batch norm of images, in place; how many there were.

    Scales and shifts stay what they were, and so does the activation that timm puts into a norm.
    """
    found = [(n, m) for n, m in module.named_modules() if isinstance(m, nn.BatchNorm2d)]
    for name, norm in found:
        place, _, own = name.rpartition(".")
        setattr(module.get_submodule(place), own, _as_group_norm(norm))
    return len(found)


def _as_group_norm(norm: nn.BatchNorm2d) -> nn.GroupNorm:
    channels, groups = norm.num_features, n_groups(norm.num_features)
    if not isinstance(norm, BatchNormAct2d):
        made = nn.GroupNorm(groups, channels, affine=norm.affine)
    else:
        made = GroupNormAct(channels, num_groups=groups, affine=norm.affine, apply_act=False)
        made.drop, made.act = norm.drop, norm.act
    if norm.affine:
        made.weight, made.bias = norm.weight, norm.bias
    return made
