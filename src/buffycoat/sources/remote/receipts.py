"""What was got from where: a small JSON beside a downloaded file, held against it later."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from buffycoat.errors import FetchError
from buffycoat.sources.record import RemoteFile
from buffycoat.tables.files import replacing

__all__ = ["Receipt", "read_receipt", "receipt_for", "receipt_path", "write_receipt"]

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Receipt:
    """What is known of a file that was got."""

    name: str
    """What the file is called."""
    origin: str
    """Its address, or where the user had it."""
    n_bytes: int
    """Its size."""
    sha256: str
    """Its SHA-256."""
    md5: str
    """Its MD5, which some publish; it tells damage, not malice."""
    date: str
    """The day it was got, as YYYY-MM-DD."""
    verified: str
    """What it was held against: `published md5`, `published sha256`, `published size`, or nothing:
    `recorded` (nothing is published) and `not the published file`."""

    def hash_like(self, file: RemoteFile) -> str:
        """Its hash of the kind that is published, as `md5:...` or `sha256:...`."""
        is_md5 = (file.published_hash or "").startswith("md5:")
        return f"md5:{self.md5}" if is_md5 else f"sha256:{self.sha256}"


def receipt_path(path: Path) -> Path:
    """Where the receipt of a file lies."""
    return path.with_name(f"{path.name}.receipt.json")


def receipt_for(
    path: Path,
    file: RemoteFile,
    origin: str,
    on_progress: Callable[[int, int], None] | None = None,
) -> Receipt:
    """The receipt of a file on disk, after it was held against what is published.

    Args:
        path: The file.
        file: What is published about it.
        origin: Its address, or where the user had it.
        on_progress: Called with the bytes read and all.
    """
    n_bytes = path.stat().st_size
    found = _hashes(path, n_bytes, on_progress)
    return Receipt(
        file.name,
        origin,
        n_bytes,
        found["sha256"],
        found["md5"],
        datetime.date.today().isoformat(),
        _verdict(file, n_bytes, found),
    )


def _hashes(
    path: Path, n_bytes: int, on_progress: Callable[[int, int], None] | None
) -> dict[str, str]:
    hashes = {"sha256": hashlib.sha256(), "md5": hashlib.md5(usedforsecurity=False)}
    n_read = 0
    with path.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            for one in hashes.values():
                one.update(chunk)
            n_read += len(chunk)
            if on_progress:
                on_progress(n_read, n_bytes)
    return {name: one.hexdigest() for name, one in hashes.items()}


def _verdict(file: RemoteFile, n_bytes: int, found: dict[str, str]) -> str:
    published = {"sha256": file.sha256, "md5": file.md5}
    known = {name: digest for name, digest in published.items() if digest}
    fits_size = file.n_bytes in (None, n_bytes)
    if not fits_size or any(found[name] != digest for name, digest in known.items()):
        return "not the published file"
    if known:
        return f"published {next(iter(known))}"
    return "recorded" if file.n_bytes is None else "published size"


def read_receipt(path: Path) -> Receipt | None:
    """The receipt beside a file, if there is one.

    Raises:
        FetchError: when it is damaged.
    """
    beside = receipt_path(path)
    if not beside.is_file():
        return None
    try:
        facts: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8"))
        return Receipt(**facts)
    except (OSError, ValueError, TypeError) as error:
        raise FetchError(f"{beside} is damaged: remove it and fetch again") from error


def write_receipt(receipt: Receipt, path: Path) -> None:
    """Write the receipt beside a file.

    Raises:
        DiskError: when it cannot be written.
    """
    with replacing(receipt_path(path)) as beside:
        beside.write_text(json.dumps(asdict(receipt), indent=2) + "\n", encoding="utf-8")
