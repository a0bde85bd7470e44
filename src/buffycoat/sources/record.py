"""What is known of a published data set, and the registry of the functions that read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from buffycoat.errors import SettingError
from buffycoat.registry import Registry
from buffycoat.tables.samples import SampleTable

__all__ = ["RemoteFile", "SourceReader", "SourceRecord", "record_of", "source", "sources"]

SourceReader: TypeAlias = Callable[[Path], SampleTable]
"""From the folder of an unpacked data set, or its one file, to its sample table."""

sources: Registry[SourceReader] = Registry("data set")
"""The readers by name; `source` adds to it."""

_RECORDS: dict[str, SourceRecord] = {}


@dataclass(frozen=True)
class RemoteFile:
    """One file of a data set, and what is published about it."""

    name: str
    """What it is called on disk."""
    url: str | None = None
    """Where it is had without a form to fill in; None where there is no such address."""
    n_bytes: int | None = None
    """Its published size."""
    sha256: str | None = None
    """Its published SHA-256; None where none is published."""
    md5: str | None = None
    """Its published MD5, where that is what is published."""
    unpack: bool = True
    """Whether it is an archive."""
    login: Callable[[], tuple[str, str]] | None = None
    """Gives the user's name and key, where the address asks for them."""

    def __post_init__(self) -> None:
        if not self.name or Path(self.name).name != self.name or self.name.startswith("."):
            raise SettingError(f"{self.name!r} must be the name of a file, without a folder")
        if self.unpack and not Path(self.name).suffix:
            said = "its images would take its place"
            raise SettingError(f"{self.name!r} must end like an archive, as .zip does: {said}")
        if self.url is not None and not self.url.startswith(("https://", "http://")):
            raise SettingError(f"{self.url!r} is no address that begins with https://")
        for digest, n_digits in ((self.sha256, 64), (self.md5, 32)):
            if digest is not None and not re.fullmatch(rf"[0-9a-f]{{{n_digits}}}", digest):
                raise SettingError(f"{digest!r} is no hash of {n_digits} hexadecimal digits")

    @property
    def published_hash(self) -> str | None:
        """The published hash as `sha256:...` or `md5:...`, or None."""
        if self.sha256:
            return f"sha256:{self.sha256}"
        return f"md5:{self.md5}" if self.md5 else None


@dataclass(frozen=True)
class SourceRecord:
    """What is known of a published data set."""

    name: str
    """What it is called on the command line."""
    title: str
    """Its name, with what it shows."""
    files: tuple[RemoteFile, ...]
    """What it consists of."""
    licence: str
    """Under which licence it may be used, in words."""
    citation: str
    """The publication to cite."""
    homepage: str
    """The page that describes it."""
    classes: Mapping[str, str]
    """Its own class names and the standard ones."""
    how_to_get: str
    """What the user does where a file has no direct address."""
    um_per_px: float | None = None
    """Micrometres per pixel, where that is published."""
    n_images: int | None = None
    """How many images it has, where that is published."""
    faults: tuple[str, ...] = field(default=())
    """Sentences about what is known to be wrong with it, which its table keeps."""


def source(record: SourceRecord) -> Callable[[SourceReader], SourceReader]:
    """Register a function `(root) -> SampleTable` as the reader of the data set of a record.

    Raises:
        SettingError: when the function is not called as the record is, or the name is taken.
    """

    def register(reader: SourceReader) -> SourceReader:
        name = getattr(reader, "__name__", "")
        if name != record.name:
            said = f"the record of data set {record.name!r} stands above a function {name!r}"
            raise SettingError(f"{said}: give both one name")
        sources.register(reader)
        _RECORDS[name] = record
        return reader

    return register


def record_of(name: str) -> SourceRecord:
    """The record of a registered data set.

    Raises:
        UnknownNameError: when there is none of that name.
    """
    sources.get(name)
    return _RECORDS[name]
