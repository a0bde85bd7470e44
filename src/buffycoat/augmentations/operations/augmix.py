"""AugMix: the mean of several chains of changes, and of the image itself."""

from __future__ import annotations

import torch

from buffycoat.augmentations.draws import as_column
from buffycoat.augmentations.operations.operation import apply_where, operations

__all__ = ["augmix"]

_MIXED = ("auto_contrast", "equalise", "posterise", "rotate", "shear", "solarise", "translate")
"""What the paper mixes: nothing that a test of robustness is made with."""
_N_CHAINS = 3
_N_LONGEST = 3
_GENTLE = 0.4


@operations.register
def augmix(
    images: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Three chains of one to three changes mixed with weights that are drawn, each image its own.

    Each change is made at up to .4 of its strength; a strength of 1 leaves nothing of the image
    itself.

    Source:
        Hendrycks et al., AugMix, ICLR 2020.
    """
    n = len(images)
    weights = torch._standard_gamma(torch.ones(n, _N_CHAINS), generator=generator)
    weights = weights / weights.sum(1, keepdim=True)
    mixed = torch.zeros_like(images)
    for chain in range(_N_CHAINS):
        length = torch.randint(1, _N_LONGEST + 1, (n,), generator=generator)
        changed = images
        for step in range(_N_LONGEST):
            changed = _one_of(changed, step < length, strength, generator)
        mixed += changed * as_column(weights[:, chain], images)
    return torch.lerp(images, mixed, as_column(strength, images)).clamp_(0, 1)


def _one_of(
    images: torch.Tensor, chosen: torch.Tensor, strength: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """One of the changes for each of the chosen images."""
    n = len(images)
    which = torch.randint(0, len(_MIXED), (n,), generator=generator)
    much = _GENTLE * strength * torch.rand(n, generator=generator)
    for i, name in enumerate(_MIXED):
        images = apply_where(operations.get(name), images, chosen & (which == i), much, generator)
    return images
