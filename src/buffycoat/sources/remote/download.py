"""Download a file of a data set by pooch: resumed, verified, and there whole or not at all."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pooch

from buffycoat.errors import FetchError
from buffycoat.sources.record import RemoteFile
from buffycoat.sources.remote.receipts import (
    Receipt,
    read_receipt,
    receipt_for,
    receipt_path,
    write_receipt,
)
from buffycoat.sources.remote.resuming import Patience, ResumingDownloader
from buffycoat.tables.files import explain_disk_errors

__all__ = ["download", "part_path"]


def download(
    file: RemoteFile,
    folder: Path,
    *,
    patience: Patience | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Receipt:
    """The receipt of a file that lies in the folder afterwards, verified.

    What is there already is not downloaded again. Where no hash is published, the one of the
    first download is kept beside the file, and later downloads are held against it. The receipt
    of a file that was put there by hand has no address as its origin.

    Args:
        file: What to get; without an address it must be in the folder already.
        folder: Where to.
        patience: How long a slow server is waited for.
        on_progress: Called with the bytes got and all.

    Raises:
        FetchError: when it cannot be had, or is not what was published or recorded.
        DiskError: when there is no room, or no permission.
    """
    place, recorded = folder / file.name, read_receipt(folder / file.name)
    if file.url is None and not place.exists():
        raise FetchError(f"{file.name} has no address that it can be downloaded from")
    is_own = not place.exists() or (recorded is not None and recorded.origin == file.url)
    origin = file.url if file.url and is_own else f"file {file.name}"  # put there by hand
    if recorded and recorded.origin != origin:
        recorded = None
    with explain_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            _retrieve(file, place, recorded, patience or Patience(), on_progress)
        receipt = _checked(receipt_for(place, file, origin), file, place, recorded)
        if receipt != recorded:
            write_receipt(receipt, place)
    return receipt


def part_path(place: Path) -> Path:
    """Where the bytes of a download that is not finished lie."""
    return place.with_name(f"{place.name}.part")


def _retrieve(
    file: RemoteFile,
    place: Path,
    recorded: Receipt | None,
    patience: Patience,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    """Have pooch call our downloader, check the hash and move the file into its place."""
    known = file.published_hash or (f"sha256:{recorded.sha256}" if recorded else None)
    pooch.get_logger().setLevel(logging.WARNING)
    downloader = _Weighing(file, part_path(place), patience, on_progress)
    # A folder of its own, which the next download clears, should this process be killed.
    scratch = place.with_name(f".{place.name}.download")
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        got = pooch.retrieve(file.url, known, place.name, scratch, downloader=downloader)
        Path(got).replace(place)
    except ValueError as error:
        said = f"its {known} was expected, and {downloader.digest} came"
        raise FetchError(_not_the_file(file, place, recorded, said)) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Weighing(ResumingDownloader):
    """Remembers the hash of what came, for the message when pooch refuses it."""

    digest = ""

    def __call__(self, url: str, output_file: str, _pooch: object = None) -> None:
        super().__call__(url, output_file, _pooch)
        algorithm = "md5" if self.file.md5 and not self.file.sha256 else "sha256"
        self.digest = f"{algorithm}:{pooch.file_hash(output_file, alg=algorithm)}"
        n_bytes = Path(output_file).stat().st_size
        if self.file.n_bytes not in (None, n_bytes):
            said = f"{n_bytes:,} bytes came, and the published file has {self.file.n_bytes:,}"
            raise FetchError(f"{url}: {said}; nothing was kept")


def _not_the_file(file: RemoteFile, place: Path, recorded: Receipt | None, said: str) -> str:
    if file.published_hash or recorded is None:
        return f"{file.url} is not the published {file.name}: {said}; nothing was kept"
    accept = f"remove {receipt_path(place)} to accept the new one"
    since = f"{file.url} has changed since {recorded.date}"
    return f"{since}: {said}; nothing was kept; {accept}"


def _checked(receipt: Receipt, file: RemoteFile, place: Path, recorded: Receipt | None) -> Receipt:
    """The receipt, with the day of the first download, when nothing speaks against the file."""
    if receipt.verified == "not the published file":
        said = f"it has {receipt.n_bytes:,} bytes and {receipt.hash_like(file)}"
        wanted = file.published_hash or f"{file.n_bytes:,} bytes"
        raise FetchError(
            f"{place} is not the published file: {said}, published is {wanted}; remove it, "
            "or give it with --from to use it all the same"
        )
    if recorded is None:
        return receipt
    if not file.published_hash and recorded.sha256 != receipt.sha256:
        said = f"sha256:{recorded.sha256} was recorded, it has sha256:{receipt.sha256}"
        raise FetchError(f"{place} was altered since {recorded.date}: {said}; remove it")
    return replace(receipt, date=recorded.date)
