"""What stands at a path: a folder per class, Pascal VOC, a CSV, an .npz or a sample table."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

from buffycoat.errors import InputError
from buffycoat.sources.contents import annotations_in

__all__ = ["Kind", "kind_of", "refuse_fields"]

Kind: TypeAlias = Literal["folder", "voc", "csv", "npz", "samples"]

_FILES: dict[str, Kind] = {".csv": "csv", ".tsv": "csv", ".npz": "npz", ".parquet": "samples"}


def kind_of(path: Path) -> Kind:
    """The kind of source at a path.

    Raises:
        InputError: when nothing is there, or no source of labelled images.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist: give a folder, a CSV, an .npz or Pascal VOC")
    if path.is_dir():
        return "voc" if annotations_in(path) else "folder"
    kind = _FILES.get(path.suffix.lower())
    if kind is None:
        said = "a folder per class, a CSV with path,label, an .npz, or a folder with annotations"
        raise InputError(f"{path} is no source of labelled images: give {said}")
    return kind


def refuse_fields(path: Path) -> None:
    """Let pass a path that is no folder of whole fields with annotations.

    Raises:
        InputError: for one, since a field of many cells has no class of its own.
    """
    if not path.is_dir():
        return
    home = path.parent if path.name.casefold() in {"images", "jpegimages"} else path
    if annotations_in(home):
        said = f"import {home} first, so that each box is a sample, and give that table"
        raise InputError(f"{path} holds whole fields with many cells: {said}")
