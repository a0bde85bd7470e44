"""One writer at a time for a store, also across processes and after a kill."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from buffycoat.errors import BuffycoatWarning

__all__ = ["locked"]


@contextlib.contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[bool | None]:
    """Hold the lock of a file until the block ends.

    The block is given True with the lock, False where another process has it, and None where
    there are no such locks.

    The lock belongs to the process and goes with it, however it ends. Where the system knows no
    such locks (Windows, some network disks) nobody gets one: writers then may do the same work
    twice, each in a folder of its own, and what a killed one left stays.

    Args:
        path: The lock file; removed afterwards.
        wait: Wait for another process that holds it; otherwise go on without.

    Raises:
        OSError: when the file cannot be written.
    """
    with contextlib.ExitStack() as opened:
        has_it = None if sys.platform == "win32" else _lock(path, wait, opened)
        try:
            yield has_it
        finally:
            if has_it:
                path.unlink(missing_ok=True)


def _lock(path: Path, wait: bool, opened: contextlib.ExitStack) -> bool | None:
    while True:
        file = opened.enter_context(path.open("ab"))
        try:
            _flock(file, wait)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks, such as some network disks
            return None
        if _is_there(file, path):
            return True


def _flock(file: IO[bytes], wait: bool) -> None:
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not wait:
            raise
        said = "another process is writing the same image store; waiting until it is done"
        warnings.warn(said, BuffycoatWarning, stacklevel=2)
        fcntl.flock(file, fcntl.LOCK_EX)


def _is_there(file: IO[bytes], path: Path) -> bool:
    """Whether the open file still has that name: whoever held it before has removed it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
