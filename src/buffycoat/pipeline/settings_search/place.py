"""The folder of a search: begun, gone on with, or replaced; what is foreign stays untouched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buffycoat.batches.store_lock import locked
from buffycoat.errors import RunError
from buffycoat.pipeline.folder_of_trials import check_folder
from buffycoat.search.settings.study import STUDY_FILE
from buffycoat.tables.files import explain_disk_errors

__all__ = ["PAGE", "RECIPE", "TABLE", "check_place", "remove_search", "searching_alone"]

TABLE, PAGE, RECIPE = "trials.parquet", "search.html", "best.toml"


def check_place(out: Path, *, resume: bool, overwrite: bool, is_shared: bool = False) -> None:
    """Let pass a place that can become a search, or that holds the one to go on with.

    Args:
        out: The folder.
        resume: A search is to be gone on with.
        overwrite: A search is to be replaced.
        is_shared: The study is in a database, which is asked in its turn.

    Raises:
        RunError: for any other place.
        DiskError: when it cannot be looked at.
    """
    if overwrite and is_shared:
        raise RunError("--overwrite replaces no study in a database: choose another --out")
    if not (is_shared and resume):
        known_by = out / (TABLE if is_shared else STUDY_FILE)
        check_folder(out, known_by.is_file, "search", resume=resume, overwrite=overwrite)


def remove_search(out: Path) -> None:
    """Remove a search and nothing else; the study last, so that what a kill leaves is one."""
    if not (out / STUDY_FILE).is_file():
        return
    with explain_disk_errors(out):
        for place in sorted(out.glob("trial-*")):
            if (place / "run.json").is_file() and not place.is_symlink():
                shutil.rmtree(place)
        for name in (PAGE, TABLE, RECIPE, f"{STUDY_FILE}-journal", STUDY_FILE):
            (out / name).unlink(missing_ok=True)


@contextmanager
def searching_alone(out: Path) -> Iterator[None]:
    """No other process of this machine searches in the folder while the block lasts.

    Raises:
        RunError: when one does.
        DiskError: when the folder cannot be written to.
    """
    with explain_disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    with locked(out / "searching.lock", wait=False) as has_it:
        if has_it is False:
            raise RunError(f"{out} is being searched by another process: wait for it, or end it")
        yield
