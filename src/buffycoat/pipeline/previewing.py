"""`buffycoat augment-preview`: what augmentation does to a set's own cells."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import torch

from buffycoat.augmentations.mixing import build_mixing, mixings
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
"""Samples of each operation at each strength; of a policy or a mixing three times as many."""

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
    """Draw a sheet: each operation at its weakest, middle and strongest, samples of each policy.

    And of each mixing, which makes one image of two.

    Args:
        table: A sample table, whose cells are shown: the first usable one of some classes.
        out: The PNG file.
        names: Operations, policies and mixings to show, also `{name, ...}`; all of them, if none is
            given.
        image_px: Height and width of each picture.
        seed: What is drawn.

    Raises:
        UnknownNameError: for a name that is none of them.
        InputError: when the table has no usable image.
        DiskError: when the file cannot be written.
    """
    check_writable(out)
    chosen = [Choice.parse(name) for name in names]
    known = {*operations, *policies, *mixings}
    if unknown := [c.name for c in chosen if c.name not in known]:
        raise UnknownNameError("operation, policy or mixing", unknown[0], known)
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    cells = _cells(samples, ImageSettings(image_px))
    blocks = [("As they are", [("cells", "", _repeated(cells, 3 * _N_EACH))])]
    said = ", ".join(f"{_N_EACH} {name} ({strength})" for name, strength in _STRENGTHS)
    for title, kind, draw in (
        (f"Operations: {said}", list(operations), _of_operation),
        ("Policies", list(policies), _of_policy),
        ("Mixing: two cells each", [name for name in mixings if name not in policies], _of_mixing),
    ):
        shown = [c for c in chosen or map(Choice, kind) if c.name in kind]
        blocks += [(title, [draw(c, cells, seed) for c in shown])] * bool(shown)
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


def _of_mixing(choice: Choice, cells: np.ndarray, seed: int) -> Row:
    images, shares = _as_input(_repeated(cells, 3 * _N_EACH)), torch.eye(3 * _N_EACH)
    changed, _ = build_mixing(choice)(images, shares, torch.Generator().manual_seed(seed))
    doc = (mixings.get(choice.name).__doc__ or "").split("\n")[0]
    return choice.name, _short(doc), _as_pixels(changed)


def _short(said: str) -> str:
    """As much of a sentence as there is room for."""
    return textwrap.shorten(said.split(";")[0].rstrip("."), _N_LETTERS, placeholder=" ...")


def _as_input(pixels: np.ndarray) -> torch.Tensor:
    return as_images(np.ascontiguousarray(pixels)).float().div(255)


def _as_pixels(images: torch.Tensor) -> np.ndarray:
    whole = (images * 255).round().clamp(0, 255).to(torch.uint8)
    return whole.permute(0, 2, 3, 1).contiguous().numpy()
