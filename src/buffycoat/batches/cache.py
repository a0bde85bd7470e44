"""Where stores of decoded images are kept, which ones there are, and how to remove them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from buffycoat.batches.store_folder import (
    FACTS,
    DamagedStoreError,
    StoreFacts,
    remove_files,
    size_on_disk,
)
from buffycoat.batches.store_lock import locked
from buffycoat.errors import UnknownNameError
from buffycoat.images.cache import cache_root

__all__ = [
    "StoreEntry",
    "clear_cache",
    "list_stores",
    "remove_partials",
    "stores_root",
]


@dataclass(frozen=True)
class StoreEntry:
    """One store in the cache."""

    name: str
    """Its folder's name."""
    path: Path
    """Its folder."""
    n_images: int
    """Images in it."""
    image_px: tuple[int, int]
    """Their height and width."""
    fit: str
    """How they were brought to that size."""
    n_bytes: int
    """What it takes on the disk."""
    last_used: datetime
    """When it was opened last, in local time."""


def list_stores(cache: Path | None = None) -> list[StoreEntry]:
    """The stores in the cache, the last used first."""
    entries = []
    for folder in _folders(stores_root(cache)):
        with contextlib.suppress(DamagedStoreError, OSError):
            entries.append(_entry(folder))
    return sorted(entries, key=lambda entry: entry.last_used, reverse=True)


def clear_cache(names: Iterable[str] | None = None, *, cache: Path | None = None) -> int:
    """Remove stores, and what interrupted writers left; the bytes that became free come back.

    Only the files that a store consists of are removed; anything else in the cache stays.

    Args:
        names: The stores to remove; by default all.
        cache: The cache's folder; by default `cache_root()`.

    Raises:
        UnknownNameError: when there is no store of that name.
    """
    stores = {entry.name: entry.path for entry in list_stores(cache)}
    chosen = list(stores if names is None else names)
    for name in chosen:
        if name not in stores:
            raise UnknownNameError("store", name, stores)
    freed = sum(remove_files(stores[name]) for name in chosen)
    return freed + remove_partials(stores_root(cache))


def remove_partials(stores: Path) -> int:
    """Remove what writers that are no longer at work left behind; the bytes freed."""
    freed = 0
    for folder in _folders(stores):
        name, _, suffix = folder.name.rpartition(".")
        if folder.name.startswith(".") and suffix == "partial":
            with locked(stores / f"{name.split('.')[1]}.lock", wait=False) as is_ours:
                freed += remove_files(folder) if is_ours else 0
    return freed


def stores_root(cache: Path | None) -> Path:
    """The folder within a cache that holds its stores."""
    return (cache or cache_root()) / "stores"


def _folders(stores: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from (p for p in sorted(stores.iterdir()) if p.is_dir() and not p.is_symlink())


def _entry(folder: Path) -> StoreEntry:
    facts = StoreFacts.read(folder)
    if folder.name != facts.name:
        raise DamagedStoreError("its name is another")
    used = datetime.fromtimestamp((folder / FACTS).stat().st_mtime).astimezone()
    n_bytes = size_on_disk(folder)
    return StoreEntry(folder.name, folder, facts.n_images, facts.image_px, facts.fit, n_bytes, used)
