"""The files of a data set, downloaded or given, verified and unpacked into one folder."""

from __future__ import annotations

import contextlib
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from buffycoat.batches.store_lock import locked
from buffycoat.errors import BuffycoatWarning, DiskError, FetchError, InputError
from buffycoat.pipeline.console import progress, say
from buffycoat.pipeline.provenance import by_hand, not_published, say_verified
from buffycoat.sources.record import RemoteFile, SourceRecord
from buffycoat.sources.remote.download import download, part_path
from buffycoat.sources.remote.receipts import (
    Receipt,
    read_receipt,
    receipt_for,
    receipt_path,
    write_receipt,
)
from buffycoat.sources.remote.unpack import unpack
from buffycoat.tables.files import explain_disk_errors

__all__ = ["Obtained", "obtain"]

_MB = 1_000_000


@dataclass(frozen=True)
class Obtained:
    """A data set on disk."""

    root: Path
    """The folder of its images, or its one file."""
    receipt: Receipt | None
    """What is known of the last file; None for a folder that the user gave."""


def obtain(record: SourceRecord, to: Path, given: Path | None, *, keep_archive: bool) -> Obtained:
    """The data set, with what was verified said.

    Args:
        record: What is known of it.
        to: The folder for what is downloaded and unpacked.
        given: A folder, which is used where it is, or an archive that the user has.
        keep_archive: Keep a downloaded archive after it was unpacked.

    Raises:
        FetchError: when it cannot be had, or is not what was published.
        InputError: when what was given does not exist.
        DiskError: when there is no room, or no permission.
    """
    if given is not None and not given.exists():
        raise InputError(f"--from {given}: it does not exist")
    if given is not None and given.is_dir():
        said = f"{given} is used as it is: a folder cannot be held against the published archive"
        warnings.warn(said, BuffycoatWarning, stacklevel=2)
        return Obtained(given, None)
    if given is not None:
        return _from_file(record, to, given)
    _refuse_unreachable(record, to)
    is_there = all(_is_there(to, file) for file in record.files)
    # What is there may be in a folder that cannot be written.
    with contextlib.nullcontext() if is_there else _alone(to):
        found = [_from_address(record, file, to, keep_archive) for file in record.files]
    return found[0] if len(found) == 1 else replace(found[-1], root=to)


@contextlib.contextmanager
def _alone(to: Path) -> Iterator[None]:
    """Hold the folder against another `buffycoat fetch`."""
    with contextlib.ExitStack() as held:
        with explain_disk_errors(to):
            to.mkdir(parents=True, exist_ok=True)
            has_it = held.enter_context(locked(to / ".fetch.lock", wait=False))
        if has_it is False:
            raise FetchError(f"another `buffycoat fetch` is at work in {to}: wait until it is done")
        yield


def _from_file(record: SourceRecord, to: Path, given: Path) -> Obtained:
    """The data set in a file that the user has, which stays as it is."""
    file = record.files[0] if record.files else RemoteFile(f"{given.stem}.zip")
    with _progress("hashing") as moved:
        receipt = receipt_for(given, file, f"file {given.name}", moved)
    if receipt.verified == "not the published file":
        warnings.warn(not_published(given, file, receipt), BuffycoatWarning, stacklevel=3)
    else:
        say_verified(receipt)
    if not file.unpack:
        return Obtained(given, receipt)
    if _is_unpacked_from(to, file, receipt):
        say(f"{_images(to, file)} is there already, and is used")
        return Obtained(_images(to, file), receipt)
    with _alone(to):
        return Obtained(_unpacked(given, file, to, receipt), receipt)


def _unpacked(given: Path, file: RemoteFile, to: Path, receipt: Receipt) -> Path:
    """The images of an archive, unless others are there."""
    images = _images(to, file)
    _refuse_other_images(to, file)
    write_receipt(receipt, to / file.name)
    try:
        _unpack(given, images)
    except (FetchError, DiskError):
        receipt_path(to / file.name).unlink()
        raise
    return images


def _from_address(record: SourceRecord, file: RemoteFile, to: Path, keep: bool) -> Obtained:
    images, recorded = _images(to, file), read_receipt(to / file.name)
    if _is_unpacked(to, file) and recorded:
        say(f"{images} is there since {recorded.date} ({recorded.origin}: {recorded.verified})")
        return Obtained(images, recorded)
    if file.unpack:
        _refuse_other_images(to, file)
    _check_room(to, file)
    try:
        with _progress(f"downloading {file.name}") as moved:
            receipt = download(file, to, on_progress=moved)
    except KeyboardInterrupt:
        if part_path(to / file.name).exists():
            say(f"what was downloaded is kept in {to}; the same command goes on there")
        raise
    except FetchError as error:
        if "--from" in str(error):
            raise
        raise FetchError(f"{error}; or {by_hand(record)}") from error
    say_verified(receipt)
    if not file.unpack:
        return Obtained(to / file.name, receipt)
    _unpack_download(file, to, is_own=receipt.origin == file.url, keep=keep)
    return Obtained(images, receipt)


def _unpack_download(file: RemoteFile, to: Path, *, is_own: bool, keep: bool) -> None:
    """Unpack what was downloaded; a file that is not our own, but the user's, stays."""
    place = to / file.name
    try:
        _unpack(place, _images(to, file))
    except FetchError:
        if not file.published_hash:  # it may have come damaged: let the next fetch get another
            receipt_path(place).unlink(missing_ok=True)
            if is_own:
                place.unlink()
        raise
    if is_own and not keep:
        place.unlink()


def _refuse_other_images(to: Path, file: RemoteFile) -> None:
    """Refuse a folder of images that are not known to be of the archive to be unpacked.

    Raises:
        FetchError: when there is one.
    """
    images, recorded = _images(to, file), read_receipt(to / file.name)
    if not images.exists():
        return
    if recorded:
        said = f"{images} holds what another archive had (sha256 {recorded.sha256})"
        raise FetchError(f"{said}: remove it, or give another --to")
    said = f"{images} is there, and no receipt says from where"
    ways = "give it with --from to use it as it is, remove it, or give another --to"
    raise FetchError(f"{said}: {ways}")


def _refuse_unreachable(record: SourceRecord, to: Path) -> None:
    """Refuse a data set of which a file can be had by hand alone, before a folder is made for it.

    Raises:
        FetchError: then, with what to do.
    """
    for file in record.files:
        if _is_unpacked(to, file) or (to / file.name).exists():
            continue
        if file.url is None:
            said = f"{record.title} has no address that it can be downloaded from"
            raise FetchError(f"{said}: {by_hand(record)}")
        if file.login:
            file.login()


def _is_unpacked(to: Path, file: RemoteFile) -> bool:
    return file.unpack and _images(to, file).exists() and receipt_path(to / file.name).exists()


def _is_unpacked_from(to: Path, file: RemoteFile, receipt: Receipt) -> bool:
    recorded = read_receipt(to / file.name)
    is_same = recorded is not None and recorded.sha256 == receipt.sha256
    return is_same and _images(to, file).exists()


def _is_there(to: Path, file: RemoteFile) -> bool:
    """Whether nothing is left to write."""
    if file.unpack:
        return _is_unpacked(to, file)
    return (to / file.name).exists() and receipt_path(to / file.name).exists()


def _images(to: Path, file: RemoteFile) -> Path:
    return to / Path(file.name).stem


def _unpack(archive: Path, images: Path) -> None:
    with _progress(f"unpacking {archive.name}") as moved:
        unpack(archive, images, moved)


def _check_room(to: Path, file: RemoteFile) -> None:
    """Refuse before the download what is known not to fit, unpacked images beside their archive."""
    if file.n_bytes is None or (to / file.name).exists():
        return
    need, free = file.n_bytes * (2 if file.unpack else 1), shutil.disk_usage(to).free
    if need > free:
        said = f"about {need / _MB:,.0f} MB are needed, {free / _MB:,.0f} MB are free"
        raise DiskError(f"no room for {file.name} in {to}: {said}; give another place with --to")


@contextlib.contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar in megabytes."""
    with progress(f"{what} (MB)") as moved:
        yield lambda done, total: moved(done // _MB, total // _MB)
