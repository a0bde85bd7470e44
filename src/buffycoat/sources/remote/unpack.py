"""Unpack a zip or tar that others made: nothing outside its folder, no links, all or nothing."""

from __future__ import annotations

import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from buffycoat.errors import DiskError, FetchError
from buffycoat.sources.remote.members import MAX_MEMBERS, Member, tar_members, zip_members
from buffycoat.tables.files import explain_disk_errors

__all__ = ["MAX_RATIO", "unpack"]

MAX_RATIO = 200
"""How many times larger than the archive its content may be; images hardly shrink at all."""

_SMALL = 100_000_000
"""Bytes below which the ratio says nothing: a short list of names shrinks much."""
_CHUNK = 1 << 20
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
)


def unpack(
    archive: Path, folder: Path, on_progress: Callable[[int, int], None] | None = None
) -> Path:
    """Unpack an archive into a new folder, which appears whole or not at all.

    Args:
        archive: A zip, or a tar with or without compression; told by its content.
        folder: The folder to make.
        on_progress: Called with the bytes written and all.

    Raises:
        FetchError: when it is no archive, damaged, or not safe to unpack.
        DiskError: when there is no room, or no permission.
    """
    beside = folder.with_name(f".{folder.name}.partial")
    with explain_disk_errors(folder), _opened(archive) as members:
        _check(archive, members, folder)
        shutil.rmtree(beside, ignore_errors=True)
        try:
            beside.mkdir(parents=True)
            _write_all(archive, members, beside, on_progress)
            beside.replace(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return folder


@contextmanager
def _opened(archive: Path) -> Iterator[Sequence[Member]]:
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                yield zip_members(opened)
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as opened_tar:
                yield tar_members(opened_tar, _most(archive))
        else:
            raise FetchError(_no_archive(archive))
    except (*_DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's, and not gzip's or bz2's
        raise FetchError(f"{archive} is a damaged archive ({error}): get it again") from error


def _no_archive(archive: Path) -> str:
    with archive.open("rb") as opened:
        begin = opened.read(16)
    if archive.suffix.lower() in {".rar", ".7z"}:
        return f"{archive} cannot be unpacked here: unpack it yourself, and give the folder"
    return f"{archive} is neither a zip nor a tar: it begins with {begin!r}; get it again"


def _check(archive: Path, members: Sequence[Member], folder: Path) -> None:
    for member in members:
        reason = member.refused or _unsafe_name(member)
        if reason:
            raise FetchError(f"{archive} is not unpacked: {member.name[:200]!r} {reason}")
    n_bytes = sum(member.n_bytes for member in members)
    if len(members) > MAX_MEMBERS:
        raise FetchError(f"{archive} is not unpacked: it has more than {MAX_MEMBERS:,} members")
    if n_bytes > _most(archive):
        packed = archive.stat().st_size
        said = f"{packed:,} bytes would become {n_bytes:,}, more than {MAX_RATIO} times as many"
        raise FetchError(f"{archive} is not unpacked: {said}, which no set of images does")
    there = next(place for place in folder.absolute().parents if place.exists())
    free = shutil.disk_usage(there).free
    if n_bytes > free:
        said = f"{n_bytes / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB are free"
        raise DiskError(f"no room to unpack {archive} to {folder}: {said}")


def _most(archive: Path) -> int:
    """The bytes that an archive may unpack to."""
    return max(_SMALL, MAX_RATIO * archive.stat().st_size)


def _unsafe_name(member: Member) -> str | None:
    """Why a name could lead out of the folder, or None."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ":" in member.name.split("/")[0]:
        return "is an absolute path"
    if ".." in path.parts:
        return "leads out of its folder"
    is_nameless = not path.parts and not member.is_folder  # tar begins with the folder "."
    return "has no name" if is_nameless or "\0" in member.name else None


def _write_all(
    archive: Path,
    members: Sequence[Member],
    folder: Path,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    total, done = sum(member.n_bytes for member in members), 0
    for member in members:
        place = folder / member.name
        try:
            if member.is_folder:
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            _write(archive, member, place)
        except (FileExistsError, NotADirectoryError) as error:
            raise FetchError(
                f"{archive} is not unpacked: {member.name!r} is in it twice"
            ) from error
        done += member.n_bytes
        if on_progress:
            on_progress(done, total)


def _write(archive: Path, member: Member, place: Path) -> None:
    """Write one file, and no byte more than the archive said it has."""
    left = member.n_bytes
    with _reading(archive, member) as packed, place.open("xb") as written:
        while chunk := packed.read(min(_CHUNK, left + 1)):
            left -= len(chunk)
            if left < 0:
                said = f"{member.name!r} is longer than the archive says"
                raise FetchError(f"{archive} is not unpacked: {said}")
            written.write(chunk)


@contextmanager
def _reading(archive: Path, member: Member) -> Iterator[IO[bytes]]:
    try:
        with member.open() as packed:
            yield packed
    except (zlib.error, lzma.LZMAError, RuntimeError) as error:
        said = f"{member.name!r} is damaged ({error}): get the archive again"
        raise FetchError(f"{archive}: {said}") from error
