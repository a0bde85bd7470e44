"""A folder of ours, written beside its place and moved in as a whole."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buffycoat.errors import DiskError
from buffycoat.tables.files import explain_disk_errors

__all__ = ["MANIFEST", "check_place", "replacing_folder"]

MANIFEST = "export.json"
"""The file by which a folder is known as an export."""


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
    if not _is_export(path):
        raise DiskError(f"{path} is not empty and no export: choose another place with --out")
    if not overwrite:
        ways = "choose another with --out, or replace it with --overwrite"
        raise DiskError(f"{path} holds an export already: {ways}")


def _is_export(path: Path) -> bool:
    try:
        facts = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        return isinstance(facts, dict) and "buffycoat_export" in facts
    except (OSError, ValueError):
        return False


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
