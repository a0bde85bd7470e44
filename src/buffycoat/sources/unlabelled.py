"""Images to predict: files, folders, patterns, lists, arrays and tables, with or without labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from buffycoat.sources.csv_list import read_csv_list
from buffycoat.sources.folder import list_images
from buffycoat.sources.kinds import kind_of, refuse_fields
from buffycoat.sources.merge import merge
from buffycoat.sources.npz import read_npz
from buffycoat.tables.samples import SampleTable, read_samples

__all__ = ["read_unlabelled"]


def read_unlabelled(paths: Sequence[str | Path]) -> SampleTable:
    """The images at paths for prediction: files, folders, patterns, lists, .npz, sample tables.

    Labels that a list, an .npz or a table has are kept; what a folder is called is no label.
    Images named directly come first, then each list, array and table.

    Raises:
        InputError: when a path does not exist, or there is no image in it.
    """
    readers = {".csv": _csv, ".tsv": _csv, ".npz": _npz, ".parquet": read_samples}
    plain = [path for path in paths if Path(path).suffix.lower() not in readers]
    tables = []
    for path in map(Path, paths):
        reader = readers.get(path.suffix.lower())
        if reader is None:
            refuse_fields(path)
        else:
            kind_of(path)
            tables.append(reader(path))
    images = [list_images(plain)] if plain or not tables else []
    return merge([*images, *tables])


def _csv(path: Path) -> SampleTable:
    return read_csv_list(path, min_classes=0)


def _npz(path: Path) -> SampleTable:
    return read_npz(path, min_classes=0)
