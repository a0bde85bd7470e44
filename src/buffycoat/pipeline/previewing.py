"""`buffycoat augment-preview`: what augmentation does to a set's own cells."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import torch

from buffycoat.augmentations.operations.catalogue import operations
from buffycoat.augmentations.policies import build_policy, policies
from buffycoat.batches.loader import as_images
from buffycoat.batches.store import open_store
from buffycoat.errors import InputError, UnknownNameError
from buffycoat.images.fit import ImageSettings
from buffycoat.pipeline.console import say
from buffycoat.registry import Choice
from buffycoat.report.sheet import Row, draw_sheet
from buffycoat.tables.files import check_writable
from buffycoat.tables.samples import SampleTable, read_samples

__all__ = ["preview_augmentations"]

_STRENGTHS = (("weakest", 0.1), ("middle", 0.5), ("strongest", 1.0))
_N_EACH = 4
"""Samples of each operation at each strength; of a policy three times as many."""

_N_LETTERS = 34


def preview_augmentations(
    table: Path | SampleTable,
    /,
    *,
    out: Path = Path("augmentations.png"),
    names: tuple[str, ...] = (),
    image_px: tuple[int, int] = (96, 96),
    seed: int = 0,
) -> Path:
    """Draw a sheet: each operation at its weakest, middle and strongest, each policy's samples.

    Args:
        table: A sample table, whose cells are shown: the first usable one of some classes.
        out: The PNG file.
        names: Operations and policies to show, also `{name, ...}`; all of them, if none is given.
        image_px: Height and width of each picture.
        seed: What is drawn.

    Raises:
        UnknownNameError: for a name that is neither.
        InputError: when the table has no usable image.
        DiskError: when the file cannot be written.
    """
    check_writable(out)
    chosen = [Choice.parse(name) for name in names]
    if unknown := [c.name for c in chosen if c.name not in {*operations, *policies}]:
        raise UnknownNameError("operation or policy", unknown[0], {*operations, *policies})
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    cells = _cells(samples, ImageSettings(image_px))
    ops = [c for c in chosen if c.name in operations] if names else [Choice(n) for n in operations]
    ways = [c for c in chosen if c.name in policies] if names else [Choice(n) for n in policies]
    blocks = [("As they are", [("cells", "", _repeated(cells, 3 * _N_EACH))])]
    said = ", ".join(f"{_N_EACH} {name} ({strength})" for name, strength in _STRENGTHS)
    blocks += [(f"Operations: {said}", [_of_operation(c, cells, seed) for c in ops])] * bool(ops)
    blocks += [("Policies", [_of_policy(c, cells, seed) for c in ways])] * bool(ways)
    say(f"sheet: {draw_sheet(blocks, Path(out))}")
    return Path(out)


def _cells(samples: SampleTable, settings: ImageSettings) -> np.ndarray:
    """Cells (4, H, W, 3), uint8, of different classes as far as there are some."""
    usable = samples.usable.with_columns(turn=pl.int_range(pl.len()).over("label"))
    rows = usable.sort("turn", "label", maintain_order=True).head(_N_EACH)
    if not len(rows):
        raise InputError("the table has no usable image to show")
    shown = replace(samples, frame=rows.drop("turn"))
    store = open_store(shown, settings)
    found = store.rows_of(shown.frame)
    if not (found >= 0).any():
        why = next(iter(store.failures.values()), "import it again")
        raise InputError(f"no image to show can be read: {why}")
    return np.asarray(store.pixels[found[found >= 0]])


def _repeated(cells: np.ndarray, n: int) -> np.ndarray:
    return cells[np.arange(n) % len(cells)]


def _of_operation(choice: Choice, cells: np.ndarray, seed: int) -> Row:
    """Pictures (12, H, W, 3): the cells at three strengths, each with its own draw."""
    operation = operations.checked(choice, "images", "strength", "generator")
    images = _as_input(_repeated(cells, _N_EACH))
    shown = []
    for _, strength in _STRENGTHS:
        generator = torch.Generator().manual_seed(seed)
        full = torch.full((_N_EACH,), strength)
        shown.append(operation(images, full, generator, **choice.arguments))
    doc = (operation.__doc__ or "").split("\n")[0]
    return choice.name, _short(doc), _as_pixels(torch.cat(shown))


def _of_policy(choice: Choice, cells: np.ndarray, seed: int) -> Row:
    images = _as_input(_repeated(cells, 3 * _N_EACH))
    changed = build_policy(choice)(images, torch.Generator().manual_seed(seed), 1.0)
    return choice.name, "", _as_pixels(changed)


def _short(said: str) -> str:
    """As much of a sentence as there is room for."""
    return textwrap.shorten(said.split(";")[0].rstrip("."), _N_LETTERS, placeholder=" ...")


def _as_input(pixels: np.ndarray) -> torch.Tensor:
    return as_images(np.ascontiguousarray(pixels)).float().div(255)


def _as_pixels(images: torch.Tensor) -> np.ndarray:
    whole = (images * 255).round().clamp(0, 255).to(torch.uint8)
    return whole.permute(0, 2, 3, 1).contiguous().numpy()
