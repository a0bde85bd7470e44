"""The folder of a search of architectures: begun, gone on with, or replaced."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from buffycoat.errors import RunError
from buffycoat.pipeline.architecture_search.asked import refuse_another
from buffycoat.pipeline.architecture_search.record import BY_CHANCE, Record, read_record
from buffycoat.pipeline.budget import parse_seconds
from buffycoat.tables.files import explain_disk_errors

__all__ = ["PAGE", "TABLE", "begin_folder", "open_record"]

TABLE, PAGE = "architectures.parquet", "search.html"
_FILES = [f"{n}.{s}" for n in ("best", "by-chance") for s in ("json", "py", "svg", "toml")]


def open_record(out: Path, facts: Mapping[str, Any], *, resume: bool) -> Record:
    """The table as far as it came, or an empty one; nothing is written.

    Raises:
        RunError: when the search to go on with was another, or had a longer budget.
    """
    if not resume:
        return Record(out / TABLE, facts)
    record = read_record(out / TABLE)
    refuse_another(record.facts, facts, str(out))
    if BY_CHANCE not in record.over:
        _refuse_less(str(record.facts["budget"]), str(facts["budget"]))
    record.facts = facts
    return record


def begin_folder(record: Record, out: Path) -> None:
    """Write an empty table into the folder, in place of a search that is there.

    Raises:
        DiskError: when it cannot be written.
    """
    with explain_disk_errors(out):
        _remove(out)
        out.mkdir(parents=True, exist_ok=True)
    record.write()


def _refuse_less(before: str, now: str) -> None:
    """Random search gets the time that the strategy had, so that less would not be kept."""
    if parse_seconds(now) < parse_seconds(before):
        said = f"the search was begun with --budget {before}"
        raise RunError(f"{said}, and {now} is less: it goes on with as much or more")


def _remove(out: Path) -> None:
    """Remove a search and nothing else; its table last, so that what a kill leaves is one still."""
    if not (out / TABLE).is_file():
        return
    for place in (*out.glob("best-seed-*"), *out.glob("by-chance-seed-*")):
        if (place / "run.json").is_file() and not place.is_symlink():
            shutil.rmtree(place)
    for name in (*_FILES, PAGE, TABLE):
        (out / name).unlink(missing_ok=True)
