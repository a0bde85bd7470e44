"""A folder of drawn cells that appears whole or not at all, and replaces only one of its own."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from buffycoat.errors import InputError
from buffycoat.tables.files import explain_disk_errors

__all__ = ["RECORD", "replacing_folder"]

RECORD = ".drawn_cells.json"
"""Name of the file by which a folder of drawn cells is known."""

_DRAWN = re.compile(r"[^/]+/slide\d+_\d+\.png")


@contextlib.contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder`, moved into its place when the block ends without an error.

    Raises:
        InputError: when `folder` holds anything but cells drawn before.
        DiskError: for a full disk or a place that cannot be written.
    """
    folder = Path(folder).resolve()
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    with explain_disk_errors(folder):
        _refuse_foreign(folder)
        try:
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir(parents=True)
            yield beside
            _move_in(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def _refuse_foreign(folder: Path) -> None:
    if folder.is_file():
        raise InputError(f"{folder} is a file: name a new or an empty folder for the drawn cells")
    inside = [path for path in folder.rglob("*") if not path.is_dir()] if folder.exists() else []
    is_own = (folder / RECORD).is_file()
    for path in inside:
        name = path.relative_to(folder).as_posix()
        if not is_own or not (name == RECORD or _DRAWN.fullmatch(name)):
            said = f"{folder} holds {name!r}, which was not drawn here, and is left as it is"
            raise InputError(f"{said}: name a new or an empty folder")


def _move_in(beside: Path, folder: Path) -> None:
    """Put the new folder into the old one's place; the old one goes only after that worked."""
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.replace(old)
    try:
        beside.replace(folder)
    except OSError:
        if old.exists():
            old.replace(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
