"""What is said of where a data set is from, and of what it was held against."""

from __future__ import annotations

from pathlib import Path

from buffycoat.pipeline.console import say
from buffycoat.sources.record import RemoteFile, SourceRecord
from buffycoat.sources.remote.receipts import Receipt

__all__ = ["by_hand", "not_published", "say_verified"]


def by_hand(record: SourceRecord) -> str:
    """What the user does where the download does not work."""
    return f"{record.how_to_get}, and give it: buffycoat fetch {record.name} --from FILE"


def not_published(given: Path, file: RemoteFile, receipt: Receipt) -> str:
    """The warning that a file is not the one that was published."""
    differs = f"it has {receipt.n_bytes:,} bytes and {receipt.hash_like(file)}"
    size = f"{file.n_bytes:,} bytes" if file.n_bytes else None
    wanted = " and ".join(filter(None, [size, file.published_hash]))
    said = f"{given} is not the published {file.name}: {differs}, published is {wanted}"
    return f"{said}; it is taken as it is, and not verified"


def say_verified(receipt: Receipt) -> None:
    """Print what a file was held against."""
    what = f"{receipt.name}: {receipt.n_bytes:,} bytes, sha256 {receipt.sha256}"
    recorded = "no hash is published: this one was recorded, and later downloads are held to it"
    known = {
        "recorded": recorded,
        "published size": f"its size is the published one; {recorded}",
    }
    say(f"{what}; {known.get(receipt.verified, f'verified by the {receipt.verified}')}")
