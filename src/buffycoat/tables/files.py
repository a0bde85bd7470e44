"""Write files beside their place and move them in, so that no half file is ever seen."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from buffycoat.errors import DiskError, SettingError

__all__ = [
    "check_table_place",
    "check_writable",
    "explain_disk_errors",
    "is_csv",
    "replacing",
    "write_frame",
]

_FULL = "the disk is full: {} was not written; free some space and run again"
_FORBIDDEN = "no permission to write {}: choose another place with --out"
_BELOW_FILE = "{} cannot be written: a part of its path is a file, not a folder"
_SENTENCES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _FORBIDDEN,
    errno.ENOTDIR: _BELOW_FILE,
    errno.EEXIST: _BELOW_FILE,
    errno.EISDIR: "{} cannot be written: it is a folder; name a file",
    errno.ENAMETOOLONG: "{} cannot be written: its name is too long; choose a shorter one",
}


@contextlib.contextmanager
def explain_disk_errors(path: Path) -> Iterator[None]:
    """Turn a full disk or a forbidden folder into a sentence for the user.

    Raises:
        DiskError: in place of the operating system's own error; others pass through.
    """
    try:
        yield
    except DiskError:
        raise
    except Exception as error:
        sentence = _SENTENCES.get(_number(error))
        if sentence is None:
            raise
        raise DiskError(sentence.format(path)) from error


def _number(error: Exception) -> int:
    """The system's number of an error, also where a library has it in its text alone; or 0."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    in_rust = re.search(r"\(os error (\d+)\)", str(error))  # polars and safetensors
    if in_rust:
        return int(in_rust[1])
    is_short = isinstance(error, OSError) and re.search(r"requested and \d+ written", str(error))
    return errno.ENOSPC if is_short else 0  # NumPy


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, moved onto it when the block ends without an error.

    Raises:
        DiskError: for a full disk or a folder that cannot be written.
    """
    path = Path(path)
    beside = _beside(path)
    with explain_disk_errors(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield beside
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def write_frame(frame: pl.DataFrame, path: Path, **remarks: str) -> Path:
    """Write a table as Parquet with remarks in its metadata, or as CSV by its suffix, without.

    Raises:
        DiskError: when it cannot be written.
        SettingError: when it ends in anything else.
    """
    as_csv = is_csv(path)
    with replacing(path) as beside:
        if as_csv:
            frame.write_csv(beside)
        else:
            frame.write_parquet(beside, metadata=remarks)
    return path


def is_csv(path: Path) -> bool:
    """Whether a table of this name is CSV, and not Parquet.

    Raises:
        SettingError: when the name ends in neither .csv nor .parquet.
    """
    ending = path.suffix.lower()
    if ending not in (".csv", ".parquet"):
        ways = "end it in .parquet, which keeps all that later commands need, or in .csv"
        raise SettingError(f"{path} is no name for a table: {ways}, which has the rows alone")
    return ending == ".csv"


def check_table_place(path: Path) -> None:
    """Refuse a place where no table can be written, before the work whose result it takes.

    Raises:
        DiskError: when the file or its folder cannot be written.
        SettingError: when it ends in neither .csv nor .parquet.
    """
    path = Path(path)
    with explain_disk_errors(path):
        if not path.is_dir():
            is_csv(path)
    check_writable(path)


def check_writable(path: Path) -> None:
    """Refuse a file that cannot be written before the work whose result it takes.

    Raises:
        DiskError: when the file or its folder cannot be written.
    """
    path = Path(path)
    with explain_disk_errors(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder", str(path))
        there = next(folder for folder in path.absolute().parents if folder.exists())
        beside = _beside(there / path.name)
        beside.touch()
        beside.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.partial")
