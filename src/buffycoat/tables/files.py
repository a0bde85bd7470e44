"""Write files beside their place and move them in, so that no half file is ever seen."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from buffycoat.errors import DiskError

__all__ = ["explain_disk_errors", "replacing"]

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextlib.contextmanager
def explain_disk_errors(path: Path) -> Iterator[None]:
    """Turn a full disk or a forbidden folder into a sentence for the user.

    Raises:
        DiskError: in place of the operating system's own error; others pass through.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            said = f"the disk is full: {path} was not written; free some space and run again"
            raise DiskError(said) from error
        if error.errno in _FORBIDDEN:
            said = f"no permission to write {path}: choose another place with --out"
            raise DiskError(said) from error
        if error.errno in {errno.ENOTDIR, errno.EEXIST}:
            said = f"{path} cannot be written: a part of its path is a file, not a folder"
            raise DiskError(said) from error
        raise


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, moved onto it when the block ends without an error.

    Raises:
        DiskError: for a full disk or a folder that cannot be written.
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with explain_disk_errors(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield beside
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
