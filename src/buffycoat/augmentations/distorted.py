"""Distorted copies of images that a network is judged by: by family and severity, seeds fixed.

Training draws its seeds from small numbers; what is drawn here begins with a word of its own, so
that no network learns from the very draws that it is judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch

from buffycoat.augmentations.operations.catalogue import operations
from buffycoat.augmentations.strong import DAMAGED, distort_some
from buffycoat.errors import SettingError, UnknownNameError

__all__ = ["FAMILIES", "JUDGED_BY", "MIXED", "SEVERITIES", "distort", "distort_blocks"]

SEVERITIES = (1, 2, 3, 4, 5)
"""From a fifth of an operation's strength to all of it."""

MIXED = "mixed"
"""One to four operations for each image, as the competition's hidden images had."""

JUDGED_BY = 3
"""The severity of the mixed copies that a training can be steered by."""

FAMILIES: dict[str, tuple[str, ...]] = {
    "position": ("rotate", "translate", "zoom"),
    "form": ("shear", "resize", "perspective", "elastic"),
    "light": ("brightness", "contrast", "gamma", "illumination"),
    "colour": ("hue", "saturation", "channel_shift", "colour_degeneration"),
    "stain": ("stain_jitter", "lab_jitter"),
    "levels": ("solarise", "posterise", "equalise"),
    "optics": ("blur", "defocus", "noise", "jpeg"),
    "covering": ("cutout", "random_erasing", "grid_mask"),
    MIXED: DAMAGED,
}
"""What a family is made of; each image goes through one of them, a mixed one through several."""

_WORD = 0xD157  # keeps these seeds apart from those of any training
_N_BLOCK = 256


def distort(pixels: np.ndarray, family: str, severity: int, *, seed: int = 0) -> np.ndarray:
    """Distorted copies of images (N, H, W, 3), uint8; the same for the same seed.

    Args:
        pixels: The images.
        family: One of `FAMILIES`.
        severity: 1 to 5.
        seed: What is drawn.

    Raises:
        UnknownNameError: for a family that there is not.
        SettingError: for another severity.
    """
    blocks = list(distort_blocks(pixels, np.arange(len(pixels)), family, severity, seed=seed))
    return np.concatenate(blocks) if blocks else pixels


def distort_blocks(
    pixels: np.ndarray, rows: np.ndarray, family: str, severity: int, *, seed: int = 0
) -> Iterator[np.ndarray]:
    """Distorted copies of some rows (M,) of images, a few at a time.

    What an image goes through depends on its place among the rows.
    """
    change = _change(family, severity)
    place = (_WORD, seed, list(FAMILIES).index(family), severity)
    for start in range(0, len(rows), _N_BLOCK):
        key = np.random.SeedSequence((*place, start)).generate_state(1, np.uint64)[0]
        generator = torch.Generator().manual_seed(int(key >> 1))
        block = torch.from_numpy(pixels[rows[start : start + _N_BLOCK]]).permute(0, 3, 1, 2)
        changed = change(block.float() / 255, generator)
        whole = (changed * 255).round().clamp(0, 255).to(torch.uint8)
        yield whole.permute(0, 2, 3, 1).contiguous().numpy()


def _change(family: str, severity: int) -> Callable[[torch.Tensor, torch.Generator], torch.Tensor]:
    if family not in FAMILIES:
        raise UnknownNameError("family of distortions", family, FAMILIES)
    if severity not in SEVERITIES:
        raise SettingError(f"severity is {severity}: it is one of 1, 2, 3, 4 and 5")
    strength = severity / len(SEVERITIES)
    if family == MIXED:
        return lambda images, draws: distort_some(images, draws, strength)
    return lambda images, draws: _one_each(images, FAMILIES[family], strength, draws)


def _one_each(
    images: torch.Tensor, names: tuple[str, ...], strength: float, generator: torch.Generator
) -> torch.Tensor:
    """Each image through one of the operations, at full use of the strength."""
    which = torch.randint(0, len(names), (len(images),), generator=generator)
    changed = images.clone()
    for i, name in enumerate(names):
        mine = torch.nonzero(which == i)[:, 0]
        if len(mine):
            full = torch.full((len(mine),), strength)
            changed[mine] = operations.get(name)(images[mine], full, generator)
    return changed
