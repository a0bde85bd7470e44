"""A folder of ours, written beside its place and moved in as a whole."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from buffycoat.errors import DiskError
from buffycoat.tables.files import explain_disk_errors

__all__ = ["MANIFEST", "check_place", "files_in", "refuse_sources_inside", "replacing_folder"]

MANIFEST = "export.json"
"""The file by which a folder is known as an export; `files` in it lists the others."""

_OF_THE_SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""What file managers leave in folders that they show."""


def check_place(path: Path, *, overwrite: bool) -> None:
    """Let pass a place that can become an export.

    Raises:
        DiskError: when it holds anything but an export that may be replaced.
    """
    with explain_disk_errors(path):
        if not path.exists() and not path.is_symlink():
            return
        if not path.is_dir():
            raise DiskError(f"{path} is a file: name a folder with --out")
        if path.is_symlink():
            raise DiskError(f"{path} is a link: name the folder itself with --out")
        if not any(path.iterdir()):
            return
    facts = _facts(path)
    if facts is None:
        raise DiskError(f"{path} is not empty and no export: choose another place with --out")
    if not overwrite:
        ways = "choose another with --out, or replace it with --overwrite"
        raise DiskError(f"{path} holds an export already: {ways}")
    _refuse_foreign(path, facts.get("files"))


def _facts(path: Path) -> dict[str, Any] | None:
    try:
        facts = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) and "buffycoat_export" in facts else None


def _refuse_foreign(path: Path, written: Any) -> None:
    """Refuse a folder that would take files of others with it."""
    ways = "choose another place with --out, or remove it yourself"
    if not isinstance(written, list):
        raise DiskError(f"{path} holds an export without a list of its files: {ways}")
    foreign = sorted(set(files_in(path)) - {MANIFEST, *map(str, written)})
    if foreign:
        said = f"{path} is not replaced: {foreign[0]!r} in it is not of the export"
        more = f" ({len(foreign)} such files)" if len(foreign) > 1 else ""
        raise DiskError(f"{said}{more}; move it away, or choose another place with --out")


def files_in(path: Path) -> list[str]:
    """All files and links in a folder, by their paths in it, without what file managers leave."""
    found = (file for file in path.rglob("*") if file.is_symlink() or not file.is_dir())
    return sorted(
        file.relative_to(path).as_posix() for file in found if file.name not in _OF_THE_SYSTEM
    )


def refuse_sources_inside(path: Path, sources: Iterable[Path]) -> None:
    """Refuse a place that holds what the export is made from: it would be removed with it.

    Args:
        path: The place of the export.
        sources: The table's file, its root folder and its images.

    Raises:
        DiskError: when one of them, links followed, is in that place.
    """
    home = path.resolve()
    for source in sources:
        if source.resolve().is_relative_to(home):
            said = f"{path} is not replaced: {source}, which is to be exported, lies in it"
            raise DiskError(f"{said}; choose another place with --out")


@contextmanager
def replacing_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A new folder beside `path`, moved onto it when the block ends without an error.

    Raises:
        DiskError: when the place is taken, or cannot be written.
    """
    check_place(path, overwrite=overwrite)
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    before = path.with_name(f".{path.name}.{os.getpid()}.before")
    with explain_disk_errors(path):
        try:
            beside.mkdir(parents=True)
            yield beside
            check_place(path, overwrite=overwrite)  # work may have taken long
            if path.exists():
                path.rename(before)
            beside.rename(path)
        finally:
            if before.exists() and not path.exists():
                before.rename(path)
            for left in (beside, before):
                shutil.rmtree(left, ignore_errors=True)
