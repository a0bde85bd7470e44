"""The members of a zip or a tar, alike, with the reason why one is not unpacked."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import IO, cast

__all__ = ["MAX_MEMBERS", "Member", "tar_members", "zip_members"]

MAX_MEMBERS = 2_000_000
"""Archives with more members are refused."""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Member:
    """One file or folder in an archive."""

    name: str
    """Its path with slashes, as the archive has it."""
    n_bytes: int
    """Its size, as the archive says."""
    is_folder: bool
    """Whether it is a folder."""
    open: Callable[[], IO[bytes]]
    """Opens it for reading."""
    refused: str | None = None
    """Why it is not unpacked, to follow its name."""


def zip_members(opened: zipfile.ZipFile) -> list[Member]:
    """The members of a zip."""
    return [_zip_member(opened, info) for info in opened.infolist()]


def _zip_member(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    kind = stat.S_IFMT(info.external_attr >> 16)
    refused = None
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        refused = _said(is_link=kind == stat.S_IFLNK)
    elif info.flag_bits & 1:
        refused = "is encrypted: unpack it yourself with its password, and give the folder"
    name = info.filename.replace("\\", "/")
    n_bytes = 0 if info.is_dir() else info.file_size
    return Member(name, n_bytes, name.endswith("/"), partial(opened.open, info), refused)


def tar_members(opened: tarfile.TarFile, most: int) -> list[Member]:
    """The members of a tar, until they are too many or too large.

    A compressed tar is read through for it, and so not further than that. Where it is read to
    its end, that must be whole: tarfile takes a tar for whole that was cut between members.

    Args:
        opened: The tar.
        most: The bytes that it may unpack to.

    Raises:
        TarError: when its end is missing, or something long follows it.
    """
    members: list[Member] = []
    n_bytes = 0
    for info in opened:
        members.append(_tar_member(opened, info))
        n_bytes += info.size
        if len(members) > MAX_MEMBERS or n_bytes > most:
            return members
    _check_end(opened, most)
    return members


def _check_end(opened: tarfile.TarFile, most: int) -> None:
    """Require the block of zeros that ends a tar, and read on to the check sum of a compression."""
    content = cast(IO[bytes], opened.fileobj)
    content.seek(opened.offset)
    if content.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("its end is missing or damaged")
    while content.read(_CHUNK):
        if content.tell() > opened.offset + most:
            raise tarfile.ReadError("it goes on long after its end")


def _tar_member(opened: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    refused = None
    if not (info.isreg() or info.isdir()):
        refused = _said(is_link=info.issym() or info.islnk())
    reading = cast(Callable[[], IO[bytes]], partial(opened.extractfile, info))
    return Member(info.name.replace("\\", "/"), info.size, info.isdir(), reading, refused)


def _said(*, is_link: bool) -> str:
    return "is a link" if is_link else "is a device or another special file"
