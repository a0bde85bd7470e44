"""Whether a folder can become a sweep or a search, or holds the one that goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from buffycoat.errors import RunError
from buffycoat.tables.files import explain_disk_errors

__all__ = ["check_folder"]


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
        is_free = not out.exists() or (out.is_dir() and not any(out.iterdir()))
    if resume and not is_there:
        raise RunError(f"{out} holds no {kind} that could be resumed: leave out --resume")
    if is_free or resume:
        return
    if not is_there:
        raise RunError(f"{out} exists and is no {kind}: choose another place with --out")
    if not overwrite:
        ways = "go on with --resume, choose another with --out, or replace it with --overwrite"
        raise RunError(f"{out} holds a {kind} already: {ways}")
