"""One .npz with arrays of images and labels, as competitions and MedMNIST publish them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, TypeAlias

import numpy as np
import polars as pl

from buffycoat.errors import InputError, SettingError
from buffycoat.exports.files import read_checked
from buffycoat.exports.plan import Plan
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.loading import Loaded
from buffycoat.images.stream import map_images

__all__ = ["Layout", "Part", "plan_arrays", "write_npz"]

Layout: TypeAlias = Literal["competition", "medmnist"]
"""`images` and `labels`, or these with `train_`, `val_` and `test_` before them."""

_PREFIXES = {"train": "train_", "validation": "val_", "test": "test_"}
_NEVER = (1980, 1, 1, 0, 0, 0)  # the date of each member, so that bytes repeat


@dataclass(frozen=True)
class Part:
    """The rows of one array."""

    prefix: str
    """What stands before `images` and `labels`."""
    rows: pl.DataFrame
    """Its rows, in order."""


def plan_arrays(plan: Plan, layout: Layout) -> list[Part]:
    """The arrays of a layout; parts without a row are left out."""
    if layout == "competition":
        return [Part("", plan.rows)]
    split = {p: plan.rows.filter(pl.col("split") == name) for name, p in _PREFIXES.items()}
    return [Part(prefix, rows) for prefix, rows in split.items() if len(rows)]


def write_npz(
    plan: Plan,
    parts: list[Part],
    path: Path,
    settings: ImageSettings | None,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[int, int]:
    """Write the arrays one image after another; height and width of the images come back.

    Labels are the class numbers, (N, 1). `class_names` holds the names by number where the numbers
    are 0 to C - 1. Nothing is compressed, so that rows can be read at random.

    Args:
        plan: The export.
        parts: Its arrays.
        path: The file to write.
        settings: The size that images are brought to as for a training; None leaves them.
        on_progress: Called with the number of images done so far.

    Raises:
        InputError: when an image is not what it was, or sizes differ and none is given.
    """
    image_px = settings.image_px if settings else _one_size(plan.rows)
    done = 0
    with zipfile.ZipFile(path, "w") as archive:
        for part in parts:
            with _member(archive, f"{part.prefix}images") as member:
                _write_header(member, (len(part.rows), *image_px, 3), np.dtype(np.uint8))
                for image in _images(plan.root, part.rows, settings):
                    member.write(np.ascontiguousarray(image).data)
                    done += 1
                    if on_progress:
                        on_progress(done)
            _write_array(archive, f"{part.prefix}labels", _labels(part.rows))
        if list(plan.numbers.values()) == list(range(len(plan.numbers))):
            _write_array(archive, "class_names", np.array(list(plan.numbers)))
    return image_px


def _images(root: Path, rows: pl.DataFrame, settings: ImageSettings | None) -> Iterator[np.ndarray]:
    facts = rows.select("sample_id", "pixels_sha256").to_dicts()

    def fitted(loaded: Loaded) -> np.ndarray:
        image = read_checked(loaded, facts[loaded.row])
        return fit_image(image, settings) if settings else image

    for _, image in map_images(fitted, root, rows):
        yield image


def _one_size(rows: pl.DataFrame) -> tuple[int, int]:
    sizes = rows.select("height_px", "width_px").unique(maintain_order=True)
    if sizes.null_count().sum_horizontal().item():
        raise InputError("the table does not know the size of its images: import them again")
    if len(sizes) > 1:
        (h, w), (other_h, other_w) = sizes.row(0), sizes.row(1)
        said = f"{len(sizes)} sizes, such as {w} x {h} and {other_w} x {other_h}"
        ways = "bring them to one with --image-px HEIGHT WIDTH"
        raise SettingError(f"the images have {said}, and an array has one: {ways}")
    height, width = sizes.row(0)
    return height, width


def _labels(rows: pl.DataFrame) -> np.ndarray:
    """Class numbers (N, 1), as bytes where they fit."""
    numbers = rows["class_id"].to_numpy().reshape(-1, 1)
    return numbers.astype(np.uint8) if 0 <= numbers.min() <= numbers.max() <= 255 else numbers


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    return archive.open(zipfile.ZipInfo(f"{name}.npy", _NEVER), "w", force_zip64=True)


def _write_header(member: IO[bytes], shape: tuple[int, ...], dtype: np.dtype) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(member, header)


def _write_array(archive: zipfile.ZipFile, name: str, values: np.ndarray) -> None:
    data = io.BytesIO()
    np.lib.format.write_array(data, values, version=(1, 0), allow_pickle=False)
    with _member(archive, name) as member:
        member.write(data.getvalue())
