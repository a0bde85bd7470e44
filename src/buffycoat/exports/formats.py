"""The formats of an export: what lies where in its folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from buffycoat.exports.arrays import Layout, plan_arrays, write_npz
from buffycoat.exports.files import write_files
from buffycoat.exports.listing import class_list, sample_list
from buffycoat.exports.names import Taken, file_name, folder_names, is_whole_file
from buffycoat.exports.plan import Plan
from buffycoat.images.fit import ImageSettings

__all__ = ["ARRAYS", "export_arrays", "export_folders", "export_list"]

ARRAYS = "samples.npz"
"""The file of the npz format."""

Progress = Callable[[int], None] | None


def export_folders(plan: Plan, place: Path, by: str | None, on_progress: Progress = None) -> None:
    """`<split>/<class>/<file>`, or `fold-<k>/<class>/<file>`, or `<class>/<file>`.

    Raises:
        InputError: when an image is not what it was at its import.
    """
    folders, taken, paths = folder_names(plan.numbers), Taken(), []
    for row in _rows(plan, by):
        above = [] if by is None else [f"fold-{row[by]}" if by == "fold" else str(row[by])]
        folder = "/".join([*above, folders[row["label"]]])
        paths.append(f"{folder}/{taken.free(folder, *file_name(row))}")
    places = {i: place / path for i, path in enumerate(paths)}
    write_files(plan.root, plan.rows, places, on_progress=on_progress)
    class_list(plan, folders).write_csv(place / "classes.csv")
    sample_list(plan, paths).write_csv(place / "samples.csv")


def export_list(
    plan: Plan, place: Path, out: Path, *, is_absolute: bool, on_progress: Progress = None
) -> None:
    """`samples.csv`, with image files where they are, and `images/` for parts of files.

    Args:
        plan: The export.
        place: The folder to write to.
        out: Where that folder will be.
        is_absolute: Write paths from the root of the disk, not from `out`.
        on_progress: Called with the number of images done so far.

    Raises:
        InputError: when an image is not what it was at its import.
    """
    taken, paths, places = Taken(), [], {}
    root, home = plan.root.resolve(), out.parent.resolve() / out.name
    for i, row in enumerate(_rows(plan)):
        if is_whole_file(row):
            file = root / row["path"]
            paths.append(str(file) if is_absolute else Path(os.path.relpath(file, home)).as_posix())
            continue
        name = f"images/{taken.free('', *file_name(row))}"
        places[i] = place / name
        paths.append(str(home / name) if is_absolute else name)
    write_files(plan.root, plan.rows, places, on_progress=on_progress)
    class_list(plan).write_csv(place / "classes.csv")
    sample_list(plan, paths).write_csv(place / "samples.csv")


def export_arrays(
    plan: Plan,
    place: Path,
    layout: Layout,
    settings: ImageSettings | None,
    on_progress: Progress = None,
) -> tuple[int, int]:
    """Height and width of the images in `samples.npz`; `samples.csv` has each one's array and row.

    Raises:
        InputError: when an image is not what it was at its import.
        SettingError: when sizes differ and none is given.
    """
    parts = plan_arrays(plan, layout)
    image_px = write_npz(plan, parts, place / ARRAYS, settings, on_progress=on_progress)
    lists = []
    for part in parts:
        own = Plan(part.rows, plan.left_out, plan.root, plan.numbers, plan.numbers_known)
        listed = sample_list(own, [f"{ARRAYS}/{part.prefix}images"] * len(part.rows))
        lists.append(listed.insert_column(1, pl.int_range(len(listed), eager=True).alias("item")))
    height, width = image_px
    size = [pl.lit(width).alias("width_px"), pl.lit(height).alias("height_px")]
    pl.concat(lists).with_columns(size).write_csv(place / "samples.csv")
    class_list(plan).write_csv(place / "classes.csv")
    return image_px


def _rows(plan: Plan, by: str | None = None) -> list[dict[str, Any]]:
    wanted = ["path", "item", "box", "label", *([by] if by else [])]
    return plan.rows.select(wanted).to_dicts()
