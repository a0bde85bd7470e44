"""The folder of a search of architectures: begun, gone on with, or replaced."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from buffycoat.errors import RunError
from buffycoat.pipeline.architectures.asked import refuse_another
from buffycoat.pipeline.architectures.record import Record, read_record
from buffycoat.tables.files import explain_disk_errors

__all__ = ["PAGE", "TABLE", "begin_record", "check_folder"]

TABLE, PAGE = "architectures.parquet", "search.html"
_FILES = [f"{n}.{s}" for n in ("best", "by-chance") for s in ("json", "py", "svg", "toml")]


def check_folder(out: Path, *, resume: bool, overwrite: bool) -> None:
    """Let pass a place that can become a search, or that holds the one to go on with.

    Raises:
        RunError: for any other place.
        DiskError: when it cannot be looked at.
    """
    with explain_disk_errors(out):
        is_search = (out / TABLE).is_file()
        is_free = not out.exists() or (out.is_dir() and not any(out.iterdir()))
    if resume and not is_search:
        raise RunError(f"{out} holds no search that could be resumed: leave out --resume")
    if is_free or resume:
        return
    if not is_search:
        raise RunError(f"{out} exists and is no search of architectures: choose another --out")
    if not overwrite:
        ways = "go on with --resume, choose another with --out, or replace it with --overwrite"
        raise RunError(f"{out} holds a search already: {ways}")


def begin_record(out: Path, facts: Mapping[str, Any], *, resume: bool) -> Record:
    """The table at the start, written into the folder: empty, or as far as it came.

    Raises:
        RunError: when the search to go on with was another.
        DiskError: when it cannot be written.
    """
    if resume:
        record = read_record(out / TABLE)
        refuse_another(record.facts, facts, str(out))
        return record
    with explain_disk_errors(out):
        _remove(out)
        out.mkdir(parents=True, exist_ok=True)
    record = Record(out / TABLE, facts)
    record.write()
    return record


def _remove(out: Path) -> None:
    """Remove a search and nothing else; its table last, so that what a kill leaves is one still."""
    if not (out / TABLE).is_file():
        return
    for place in (*out.glob("best-seed-*"), *out.glob("by-chance-seed-*")):
        if (place / "run.json").is_file() and not place.is_symlink():
            shutil.rmtree(place)
    for name in (*_FILES, PAGE, TABLE):
        (out / name).unlink(missing_ok=True)
