"""Names of files and folders that every system takes, made of names that nobody checked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from buffycoat.images.read import IMAGE_SUFFIXES, split_npz_path

__all__ = ["Taken", "file_name", "folder_names", "is_whole_file", "safe_name"]

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")  # reserved on Windows
_LONGEST = 120
_MOST_BYTES = 200  # of the 255 that file systems take; letters of other scripts have three or four


def safe_name(name: str) -> str:
    """The name with what some system forbids replaced by _, composed, and not hidden.

    >>> safe_name("../a:b "), safe_name(".DS_1"), safe_name("aux")
    ('_._a_b', '_DS_1', '_aux')
    """
    plain = unicodedata.normalize("NFC", name)
    plain = "".join(c if c.isprintable() else "_" for c in _FORBIDDEN.sub("_", plain))
    plain = plain.strip(" ")[:_LONGEST].encode()[:_MOST_BYTES].decode(errors="ignore").rstrip(". ")
    plain = re.sub(r"^\.", "_", plain) or "_"
    return f"_{plain}" if _DEVICES.fullmatch(plain) else plain


class Taken:
    """The names that were given out in each folder; such as differ in case alone are one."""

    def __init__(self) -> None:
        self._names: set[tuple[str, str]] = set()

    def free(self, folder: str, stem: str, suffix: str = "") -> str:
        """The name, with a number where it is taken in that folder."""
        name, n = f"{stem}{suffix}", 1
        while (folder.casefold(), name.casefold()) in self._names:
            n += 1
            name = f"{stem}-{n}{suffix}"
        self._names.add((folder.casefold(), name.casefold()))
        return name


def folder_names(classes: Iterable[str]) -> dict[str, str]:
    """A folder name for each class, all different on every system."""
    taken = Taken()
    return {name: taken.free("", safe_name(name)) for name in classes}


def is_whole_file(row: Mapping[str, Any]) -> bool:
    """Whether the sample is an image file as it stands, whose bytes can be copied."""
    is_part = row["item"] is not None or row["box"] is not None
    suffix = PurePosixPath(row["path"]).suffix.lower()
    return not is_part and not split_npz_path(row["path"]) and suffix in IMAGE_SUFFIXES


def file_name(row: Mapping[str, Any]) -> tuple[str, str]:
    """Stem and suffix for a row's file: its own name, or the place within it and .png."""
    path = PurePosixPath(row["path"])
    if is_whole_file(row):
        return safe_name(path.stem), path.suffix
    stem = path.name if split_npz_path(row["path"]) else path.stem
    item = [] if row["item"] is None else [f"{row['item']:05d}"]
    return safe_name("-".join([stem, *item, *map(str, row["box"] or [])])), ".png"
