"""A CSV that lists images with their labels and what is known of their origin."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from buffycoat.errors import InputError
from buffycoat.images.read import split_npz_path
from buffycoat.sources.columns import kept_columns, read_boxes, read_items, read_splits
from buffycoat.sources.contents import annotations_in
from buffycoat.sources.listing import NO_LABEL, list_samples
from buffycoat.tables.csv_text import CsvText, read_csv_text
from buffycoat.tables.samples import SampleTable

__all__ = ["read_csv_list"]


def read_csv_list(path: Path, *, min_classes: int = 2) -> SampleTable:
    """The images that a CSV lists: `path` (or `path_image`) and `label`, and what else it has.

    Paths are relative to the CSV, or absolute. `patient`, `slide`, `field` and `group` tell what
    belongs together, `split` is train, validation or test, `item` is a page or row, `box` is
    "left top right bottom" in pixels. Other columns are kept as texts. Rows whose file is
    missing, without a label, or listed before stay with a reason.

    Args:
        path: The CSV file.
        min_classes: Fewer classes are refused; with 0 no label is needed.

    Raises:
        InputError: for a file that is no such list, with the line.
    """
    text = read_csv_text(Path(path).resolve())
    path_column = text.needed("path", "path_image")
    if min_classes:
        text.needed("label")
    files = _files(text, path_column)
    root = _root(text.path, files)
    columns = _columns(text, path_column)
    if "box" not in columns:
        _refuse_fields(text, files)
    columns["path"] = [file.relative_to(root).as_posix() for file in files]
    columns["excluded_because"] = _reasons(
        text, files, columns.get("label") if min_classes else None
    )
    columns["sample_id"] = _ids(columns, text.lines)
    return list_samples(
        columns,
        root=root,
        origin=text.path,
        notes=[*text.notes, *_missing(columns["excluded_because"], text)],
        min_classes=min_classes,
        places=[f"line {line}" for line in text.lines],
    )


def _files(text: CsvText, column: str) -> list[Path]:
    files = []
    for index, given in enumerate(text.known(column)):
        if given is None:
            raise InputError(f"{text.row(index)}: {column} is empty")
        file = text.path.parent / given
        if "\\" in given and not _exists(file):
            file = text.path.parent / given.replace("\\", "/")
        files.append(Path(os.path.normpath(file)))
    return files


def _root(path: Path, files: Sequence[Path]) -> Path:
    """The CSV's folder where all files are in it, else the folder that holds them all."""
    if all(file.is_relative_to(path.parent) for file in files):
        return path.parent
    try:
        return Path(os.path.commonpath([file.parent for file in files]))
    except ValueError as error:
        raise InputError(f"{path} lists files on several disks: list each disk's alone") from error


def _columns(text: CsvText, path_column: str) -> dict[str, list[Any]]:
    readers: dict[str, Callable[[CsvText, str], Sequence[Any]]]
    readers = {"split": read_splits, "item": read_items, "box": read_boxes}
    columns: dict[str, list[Any]] = {}
    for given, name in kept_columns(text, without=path_column).items():
        reader = readers.get(name)
        if name == "label":
            columns[name] = [cell if cell.strip() else None for cell in text.columns[given]]
        else:
            columns[name] = list(reader(text, given) if reader else text.known(given))
    return columns


def _reasons(
    text: CsvText, files: Sequence[Path], labels: Sequence[str | None] | None
) -> list[str | None]:
    missing = [None if _exists(file) else "missing file" for file in files]
    if all(missing):
        said = f"none of its {len(files)} files exists; the first was looked for at {files[0]}"
        raise InputError(f"{text.row(0)}: {said}; paths are relative to the CSV's folder")
    if labels is None:
        return missing
    unlabelled = [None if label else NO_LABEL for label in labels]
    return [gone or bare for gone, bare in zip(missing, unlabelled, strict=True)]


def _missing(reasons: Sequence[str | None], text: CsvText) -> list[str]:
    lines = [line for line, why in zip(text.lines, reasons, strict=True) if why == "missing file"]
    if not lines:
        return []
    return [f"{text.path.name} lists {len(lines)} missing files, the first on line {lines[0]}"]


def _exists(file: Path) -> bool:
    npz = split_npz_path(file)
    try:
        return (npz[0] if npz else file).exists()
    except (OSError, ValueError):
        return False


def _refuse_fields(text: CsvText, files: Sequence[Path]) -> None:
    """Refuse whole fields with many cells, where their annotations show that they are."""
    first = next((index for index, file in enumerate(files) if _exists(file)), None)
    if first is None or not (home := files[first].parent.parent).is_dir():
        return
    annotations = annotations_in(home)
    if annotations and (annotations / f"{files[first].stem}.xml").exists():
        why = f"{files[first].name} is a whole field with many cells, not the image of one"
        what = f"give {home}, where their boxes lie, or add a column box"
        raise InputError(f"{text.row(first)}: {why}; {what}")


def _ids(columns: dict[str, list[Any]], lines: Sequence[int]) -> list[str]:
    """The path, with the item and the box where there are, and the line where that repeats."""
    nothing = [None] * len(lines)
    extra = (columns.get("item", nothing), columns.get("box", nothing))
    parts = zip(columns["path"], *extra, lines, strict=True)
    ids: dict[str, None] = {}
    for path, item, box, line in parts:
        at = "" if box is None else "#" + "-".join(map(str, box))
        name = path + ("" if item is None else f"#{item}") + at
        ids[f"{name}#line{line}" if name in ids else name] = None
    return list(ids)
