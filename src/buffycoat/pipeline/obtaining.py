"""The files of a data set, downloaded or given, verified and unpacked into one folder."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from buffycoat.batches.store_lock import locked
from buffycoat.errors import BuffycoatWarning, DiskError, FetchError, InputError
from buffycoat.pipeline.console import progress, say
from buffycoat.pipeline.local_file import MB, LocalFile
from buffycoat.pipeline.provenance import by_hand, not_published, say_verified
from buffycoat.sources.record import RemoteFile, SourceRecord
from buffycoat.sources.remote.download import download, part_path
from buffycoat.sources.remote.receipts import Receipt, receipt_for, write_receipt
from buffycoat.sources.remote.unpack import unpack
from buffycoat.tables.files import explain_disk_errors

__all__ = ["Obtained", "obtain"]


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
    files = [LocalFile(to, file) for file in record.files]
    _refuse_unreachable(record, files)
    is_complete = all(file.is_complete for file in files)
    # What is there may be in a folder that cannot be written.
    with contextlib.nullcontext() if is_complete else _alone(to):
        found = [_from_address(record, file, keep=keep_archive) for file in files]
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


def _refuse_unreachable(record: SourceRecord, files: Sequence[LocalFile]) -> None:
    """Refuse a data set of which a file can be had by hand alone, before a folder is made for it.

    Raises:
        FetchError: then, with what to do.
    """
    for remote in (file.remote for file in files if not (file.is_unpacked or file.path.exists())):
        if remote.url is None:
            said = f"{record.title} has no address that it can be downloaded from"
            raise FetchError(f"{said}: {by_hand(record)}")
        if remote.login:
            remote.login()


def _from_file(record: SourceRecord, to: Path, given: Path) -> Obtained:
    """The data set in a file that the user has, which stays as it is."""
    remote = record.files[0] if record.files else RemoteFile(f"{given.stem}.zip")
    with _progress("hashing") as moved:
        receipt = receipt_for(given, remote, f"file {given.name}", moved)
    if receipt.verified == "not the published file":
        warnings.warn(not_published(given, remote, receipt), BuffycoatWarning, stacklevel=3)
    else:
        say_verified(receipt)
    if not remote.unpack:
        return Obtained(given, receipt)
    file = LocalFile(to, remote)
    if file.is_unpacked_from(receipt):
        say(f"{file.images} is there already, and is used")
    else:
        with _alone(to):
            _unpack_given(given, file, receipt)
    return Obtained(file.images, receipt)


def _unpack_given(given: Path, file: LocalFile, receipt: Receipt) -> None:
    """Unpack the user's archive, unless images of another one are there."""
    file.refuse_other_images()
    write_receipt(receipt, file.path)
    try:
        _unpack(given, file.images)
    except (FetchError, DiskError):
        file.forget()
        raise


def _from_address(record: SourceRecord, file: LocalFile, *, keep: bool) -> Obtained:
    recorded = file.receipt
    if file.is_unpacked and recorded:
        say(
            f"{file.images} is there since {recorded.date} ({recorded.origin}: {recorded.verified})"
        )
        return Obtained(file.images, recorded)
    if file.remote.unpack:
        file.refuse_other_images()
    file.check_room()
    receipt = _downloaded(record, file)
    say_verified(receipt)
    if not file.remote.unpack:
        return Obtained(file.path, receipt)
    _unpack_download(file, is_own=receipt.origin == file.remote.url, keep=keep)
    return Obtained(file.images, receipt)


def _downloaded(record: SourceRecord, file: LocalFile) -> Receipt:
    try:
        with _progress(f"downloading {file.remote.name}") as moved:
            return download(file.remote, file.folder, on_progress=moved)
    except KeyboardInterrupt:
        if part_path(file.path).exists():
            say(f"what was downloaded is kept in {file.folder}; the same command goes on there")
        raise
    except FetchError as error:
        if "--from" in str(error):
            raise
        raise FetchError(f"{error}; or {by_hand(record)}") from error


def _unpack_download(file: LocalFile, *, is_own: bool, keep: bool) -> None:
    """Unpack what was downloaded; a file that is not our own, but the user's, stays."""
    try:
        _unpack(file.path, file.images)
    except FetchError:
        if not file.remote.published_hash:  # it may have come damaged: the next fetch gets another
            file.forget()
            if is_own:
                file.path.unlink()
        raise
    if is_own and not keep:
        file.path.unlink()


def _unpack(archive: Path, images: Path) -> None:
    with _progress(f"unpacking {archive.name}") as moved:
        unpack(archive, images, moved)


@contextlib.contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar in megabytes."""
    with progress(f"{what} (MB)") as moved:
        yield lambda done, total: moved(done // MB, total // MB)
