"""A file of a data set in the folder that it is fetched to: what of it is there, what may come."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from buffycoat.errors import DiskError, FetchError
from buffycoat.sources.record import RemoteFile
from buffycoat.sources.remote.receipts import Receipt, read_receipt, receipt_path

__all__ = ["MB", "LocalFile"]

MB = 1_000_000


@dataclass(frozen=True)
class LocalFile:
    """Where one file of a data set lies, or will lie."""

    folder: Path
    """The folder for what is downloaded and unpacked."""
    remote: RemoteFile
    """What is published about it."""

    @property
    def path(self) -> Path:
        """The file itself; an archive goes again once it was unpacked."""
        return self.folder / self.remote.name

    @property
    def images(self) -> Path:
        """The folder that its images are unpacked to."""
        return self.folder / self.path.stem

    @property
    def receipt(self) -> Receipt | None:
        """What was written down of where it is from."""
        return read_receipt(self.path)

    @property
    def is_unpacked(self) -> bool:
        """Whether its images are there, and known to be its own."""
        return self.remote.unpack and self.images.exists() and receipt_path(self.path).exists()

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to write."""
        if self.remote.unpack:
            return self.is_unpacked
        return self.path.exists() and receipt_path(self.path).exists()

    def is_unpacked_from(self, receipt: Receipt) -> bool:
        """Whether the images that are there are those of this very file."""
        recorded = self.receipt
        return recorded is not None and recorded.sha256 == receipt.sha256 and self.images.exists()

    def forget(self) -> None:
        """Remove the receipt: what is there is not known to be anything."""
        receipt_path(self.path).unlink(missing_ok=True)

    def refuse_other_images(self) -> None:
        """Refuse a folder of images that are not known to be of the archive to be unpacked.

        Raises:
            FetchError: when there is one.
        """
        if not self.images.exists():
            return
        if recorded := self.receipt:
            said = f"{self.images} holds what another archive had (sha256 {recorded.sha256})"
            raise FetchError(f"{said}: remove it, or give another --to")
        said = f"{self.images} is there, and no receipt says from where"
        ways = "give it with --from to use it as it is, remove it, or give another --to"
        raise FetchError(f"{said}: {ways}")

    def check_room(self) -> None:
        """Refuse before the download what is known not to fit, images beside their archive.

        Raises:
            DiskError: when there is too little room.
        """
        n_bytes = self.remote.n_bytes
        if n_bytes is None or self.path.exists():
            return
        need = n_bytes * (2 if self.remote.unpack else 1)
        free = shutil.disk_usage(self.folder).free
        if need > free:
            said = f"about {need / MB:,.0f} MB are needed, {free / MB:,.0f} MB are free"
            place = f"{self.remote.name} in {self.folder}"
            raise DiskError(f"no room for {place}: {said}; give another place with --to")
