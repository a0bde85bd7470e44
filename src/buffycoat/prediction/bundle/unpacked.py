"""A bundle unpacked into a folder that is gone afterwards, and what it says of itself."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from buffycoat.errors import BundleError
from buffycoat.sources.remote.unpack import unpack

__all__ = ["read_class_ids", "read_facts", "unpacked_bundle"]


@contextmanager
def unpacked_bundle(path: Path) -> Iterator[Path]:
    """The folder of a bundle, with nothing outside of it and no links in it.

    Raises:
        BundleError: when it is no zip, or has no model.py at its top.
        FetchError: when it is damaged, or not safe to unpack.
        DiskError: when there is no room for it.
    """
    if not path.is_file():
        raise BundleError(f"there is no file {path}: name the zip that `buffycoat bundle` wrote")
    if not zipfile.is_zipfile(path):
        raise BundleError(f"{path} is no zip: pack model.py and its files into one")
    with tempfile.TemporaryDirectory(prefix="buffycoat-") as made:
        # Its real name, since a temporary folder may lie behind a link.
        folder = unpack(path, Path(made).resolve() / "submission")
        if not (folder / "model.py").is_file():
            raise BundleError(_no_model(path, folder))
        yield folder


def _no_model(path: Path, folder: Path) -> str:
    deeper = sorted(folder.rglob("model.py"))
    if deeper:
        inside = deeper[0].parent.relative_to(folder)
        said = f"model.py of {path} lies in the folder {str(inside)!r}"
        return f"{said}: zip the files themselves, not the folder that they are in"
    return f"{path} has no model.py: a submission needs one, with class Model"


def read_facts(folder: Path) -> dict[str, Any]:
    """What the bundle.json of a bundle says; nothing for one that Buffycoat did not write."""
    return _read(folder / "bundle.json")


def read_class_ids(folder: Path) -> dict[str, int]:
    """The number of each class as classes.json says; nothing where there is none.

    Raises:
        BundleError: when it holds something else.
    """
    found = _read(folder / "classes.json")
    if not all(type(number) is int and abs(number) < 2**63 for number in found.values()):
        raise BundleError('classes.json must have a whole number for each class: {"name": 0}')
    return found


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path.name} in the bundle is no JSON ({error}): mend it") from error
    if not isinstance(found, dict):
        raise BundleError(f"{path.name} in the bundle must have names with values: {{...}}")
    return found
