"""Whether a folder can become a sweep or a search, holds the one that goes on, or is in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from buffycoat.batches.store_lock import locked
from buffycoat.errors import RunError
from buffycoat.tables.files import explain_disk_errors

__all__ = ["check_folder", "searching_alone"]

_LOCK = "searching.lock"


def check_folder(
    out: Path, is_ours: Callable[[], bool], kind: str, *, resume: bool, overwrite: bool
) -> None:
    """Let pass a place that is free, or holds what is to be gone on with or replaced.

    Args:
        out: The folder.
        is_ours: Whether it holds such a thing.
        kind: What it is called: sweep, search.
        resume: It is to be gone on with.
        overwrite: It is to be replaced.

    Raises:
        RunError: for any other place.
        DiskError: when it cannot be looked at.
    """
    with explain_disk_errors(out):
        is_there = is_ours()
        # A lock alone is what a process left that was killed before it wrote anything.
        is_free = not out.exists() or (out.is_dir() and {p.name for p in out.iterdir()} <= {_LOCK})
    if resume and not is_there:
        raise RunError(f"{out} holds no {kind} that could be resumed: leave out --resume")
    if is_free or resume:
        return
    if not is_there:
        raise RunError(f"{out} exists and is no {kind}: choose another place with --out")
    if not overwrite:
        ways = "go on with --resume, choose another with --out, or replace it with --overwrite"
        raise RunError(f"{out} holds a {kind} already: {ways}")


@contextmanager
def searching_alone(out: Path) -> Iterator[None]:
    """No other process of this machine searches in the folder while the block lasts.

    A folder that was not there goes again where nothing was put into it.

    Raises:
        RunError: when one does.
        DiskError: when the folder cannot be written to.
    """
    is_new = not out.exists()
    with explain_disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    try:
        with locked(out / _LOCK, wait=False) as has_it:
            if has_it is False:
                said = f"{out} is being searched by another process"
                raise RunError(f"{said}: wait for it, or end it")
            yield
    finally:
        with suppress(OSError):  # what holds anything stays
            if is_new:
                out.rmdir()
