"""Raabin-WBC: white cells cut out, in three parts of which the last is another microscope's."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import polars as pl

from buffycoat.sources.contents import look_into
from buffycoat.sources.data_sets.places import find_folder, holds_classes
from buffycoat.sources.folder import read_folder
from buffycoat.sources.merge import merge
from buffycoat.sources.record import RemoteFile, SourceRecord, source
from buffycoat.tables.samples import SampleTable

__all__ = ["RAABIN", "raabin"]

_PARTS = {"train": "train", "testa": "test", "testb": "test"}
"""The split of each part, by the letters of its folder's name."""

RAABIN = SourceRecord(
    name="raabin",
    title="Raabin-WBC, white cells of two microscopes",
    files=(RemoteFile("raabin-wbc.zip"),),
    licence="not known here; see its page",
    citation="Kouzehkanan et al., Scientific Reports 12 (2022) 1123",
    homepage="https://raabindata.com/free-data",
    classes={
        "Basophil": "basophil",
        "Eosinophil": "eosinophil",
        "Lymphocyte": "lymphocyte",
        "Monocyte": "monocyte",
        "Neutrophil": "neutrophil",
    },
    how_to_get="download Train, Test-A and Test-B at https://raabindata.com/free-data, unpack "
    "them into one folder",
    faults=("Test-B is of another microscope and camera, and lacks classes: read it by itself",),
)


@source(RAABIN)
def raabin(root: Path) -> SampleTable:
    """The images by class; column `part` is Train, Test-A or Test-B, the last two are the test.

    Raises:
        InputError: when Train with its classes is not there.
    """
    wanted = "folder Train with the classes Basophil, Eosinophil, ..."
    home = find_folder(root, _is_home, wanted)
    tables = [_read(part, folder) for part, folder in _parts(home).items()]
    return merge(tables)


def _is_home(folder: Path) -> bool:
    """Whether Train lies in it, with all classes: other sets have a folder of that name too."""
    train = _parts(folder).get("train")
    return train is not None and holds_classes(train, RAABIN.classes, len(RAABIN.classes))


def _parts(folder: Path) -> dict[str, Path]:
    """The folders of the parts: each holds class folders, itself or in a folder of its own."""
    found = {}
    for inner in look_into(folder).folders:
        part = re.sub(r"[^a-z]", "", inner.name.casefold())
        places = [inner, *look_into(inner).folders] if part in _PARTS else []
        home = next((p for p in places if holds_classes(p, RAABIN.classes, 1)), None)
        if home is not None:
            found[part] = home
    return {part: found[part] for part in _PARTS if part in found}


def _read(part: str, folder: Path) -> SampleTable:
    name = {"train": "Train", "testa": "Test-A", "testb": "Test-B"}[part]
    table = read_folder(folder, min_classes=1)
    columns = {"source": name, "part": name, "split": _PARTS[part]}
    frame = table.frame.with_columns(pl.lit(value).alias(key) for key, value in columns.items())
    return replace(table, frame=frame)
