"""The folder of a search: begun, gone on with, or replaced; what is foreign stays untouched."""

from __future__ import annotations

import shutil
from pathlib import Path

from buffycoat.errors import RunError
from buffycoat.pipeline.folder_of_trials import check_folder
from buffycoat.search.settings.study import STUDY_FILE
from buffycoat.tables.files import explain_disk_errors

__all__ = ["PAGE", "RECIPE", "TABLE", "check_place", "remove_search"]

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
    if is_shared and (out / STUDY_FILE).is_file():
        raise RunError(f"{out} holds a search with a study of its own: choose another --out")
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
