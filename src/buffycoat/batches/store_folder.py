"""A store's folder: its files, what they hold, and whether they are whole.

store.json      key, settings, number of images, hash of the index, failures
index.parquet   one row per stored image, in order: pixels_sha256, crc32 of the stored pixels
pixels.bin      the images, uint8 (M, h, w, 3), one after another
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl

from buffycoat.images.fit import ImageSettings
from buffycoat.images.standards.columns import row_smears

__all__ = [
    "FACTS",
    "FILES",
    "INDEX",
    "PIXELS",
    "DamagedStoreError",
    "StoreContents",
    "StoreFacts",
    "crc32",
    "folder_name",
    "read_store",
    "remove_files",
    "size_on_disk",
    "store_key",
    "write_facts",
]

FACTS, INDEX, PIXELS = "store.json", "index.parquet", "pixels.bin"
FILES = (FACTS, INDEX, PIXELS)
"""All that a store consists of."""

_FORMAT = 1  # another one is another key, so that old stores are left alone, not misread
_NAME_LENGTH = 32
_N_PROBES = 16


class DamagedStoreError(Exception):
    """Why a folder is no whole store; caught within this room, where it is written again."""


@dataclass(frozen=True)
class StoreFacts:
    """What `store.json` says."""

    key: str
    image_px: tuple[int, int]
    fit: str
    n_images: int
    index_sha256: str
    failures: dict[str, str]

    @property
    def name(self) -> str:
        """The name of its folder."""
        return folder_name(self.key)

    @classmethod
    def read(cls, folder: Path) -> StoreFacts:
        """The facts of a folder.

        Raises:
            DamagedStoreError: when it holds none.
        """
        try:
            facts = cls(**json.loads((folder / FACTS).read_text()))
            height, width = facts.image_px
        except (OSError, ValueError, TypeError) as error:
            raise DamagedStoreError(f"{FACTS} cannot be read") from error
        return cls(**{**asdict(facts), "image_px": (height, width)})


@dataclass(frozen=True)
class StoreContents:
    """The files of a whole store, opened."""

    facts: StoreFacts
    index: pl.DataFrame
    """`pixels_sha256` and `crc32` of each stored image (M rows)."""
    pixels: np.ndarray
    """The images, uint8 (M, h, w, 3), memory-mapped and read-only."""


def store_key(rows: pl.DataFrame, settings: ImageSettings) -> str:
    """SHA-256 (hexadecimal) over which images are in it and how they were fitted, and no more.

    Args:
        rows: The rows of a sample table that have a `pixels_sha256`.
        settings: How they are fitted; with standards, what the rows have of them counts too.
    """
    how: list[object] = [_FORMAT, settings.image_px, settings.fit]
    if settings.around_cell:
        how.append(settings.around_cell)
    images: set[str] = set(rows["pixels_sha256"])
    if settings.standards.standards:
        how.append(asdict(settings.standards))
        first = rows.unique("pixels_sha256", keep="first", maintain_order=True)  # as it is stored
        smears = row_smears(first, settings.standards)
        images = {f"{h} {s}" for h, s in zip(first["pixels_sha256"], smears, strict=True)}
    lines = [json.dumps(how), *sorted(images)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def folder_name(key: str) -> str:
    """The name of the folder of a store."""
    return key[:_NAME_LENGTH]


def crc32(image: np.ndarray) -> int:
    """The checksum of one stored image."""
    return zlib.crc32(np.ascontiguousarray(image).data)


def write_facts(
    folder: Path, key: str, settings: ImageSettings, index: pl.DataFrame, failures: dict[str, str]
) -> None:
    """Write the index and `store.json` beside the pixels."""
    index.write_parquet(folder / INDEX)
    sha256 = _file_sha256(folder / INDEX)
    facts = StoreFacts(key, settings.image_px, settings.fit, len(index), sha256, failures)
    (folder / FACTS).write_text(json.dumps(asdict(facts)))


def read_store(folder: Path, key: str) -> StoreContents:
    """A store, after its sizes, its index and some of its images were checked.

    Raises:
        FileNotFoundError: when there is no such folder.
        DamagedStoreError: when it is not whole.
    """
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    facts = StoreFacts.read(folder)
    if facts.key != key:
        raise DamagedStoreError("it holds other images")
    try:
        contents = StoreContents(facts, _read_index(folder, facts), _map_pixels(folder, facts))
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise DamagedStoreError(f"a file cannot be read: {error}") from error
    for row in np.unique(np.linspace(0, facts.n_images - 1, _N_PROBES).astype(int)):
        if facts.n_images and crc32(contents.pixels[row]) != contents.index["crc32"][int(row)]:
            raise DamagedStoreError(f"image {row} of {PIXELS} was altered")
    return contents


def size_on_disk(folder: Path) -> int:
    """The bytes of the files of a store."""
    return sum(path.stat().st_size for path in _files(folder))


def remove_files(folder: Path) -> int:
    """Remove the files of a store, and its folder where nothing else lies in it; bytes freed."""
    freed = 0
    for path in _files(folder):
        n_bytes = path.stat().st_size
        with contextlib.suppress(OSError):
            path.unlink()
            freed += n_bytes
    with contextlib.suppress(OSError):
        folder.rmdir()
    return freed


def _files(folder: Path) -> list[Path]:
    return [folder / name for name in FILES if (folder / name).is_file()]


def _read_index(folder: Path, facts: StoreFacts) -> pl.DataFrame:
    if _file_sha256(folder / INDEX) != facts.index_sha256:
        raise DamagedStoreError(f"{INDEX} was altered")
    return pl.read_parquet(folder / INDEX)


def _map_pixels(folder: Path, facts: StoreFacts) -> np.ndarray:
    shape = (facts.n_images, *facts.image_px, 3)
    n_bytes = (folder / PIXELS).stat().st_size
    if n_bytes != int(np.prod(shape)):
        raise DamagedStoreError(f"{PIXELS} has {n_bytes} bytes, not {int(np.prod(shape))}")
    if not n_bytes:  # an empty file cannot be mapped
        return np.empty(shape, np.uint8)
    return np.memmap(folder / PIXELS, np.uint8, mode="r", shape=shape)


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
