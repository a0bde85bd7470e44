"""BCCD: whole fields with boxes in Pascal VOC, and the cell type of each where a CSV tells it."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

from buffycoat.errors import BuffycoatWarning
from buffycoat.sources.contents import annotations_in, look_into
from buffycoat.sources.data_sets.places import find_folder
from buffycoat.sources.record import RemoteFile, SourceRecord, source
from buffycoat.sources.voc import read_voc
from buffycoat.tables.samples import SampleTable

__all__ = ["BCCD", "bccd"]

BCCD = SourceRecord(
    name="bccd",
    title="BCCD, fields of 640 x 480 pixels with boxes",
    # A tag and not a branch, so that the files stay; GitHub makes the archive when it is asked
    # for and promises no size or hash of it.
    files=(
        RemoteFile(
            "BCCD_Dataset-1.0.zip",
            "https://github.com/Shenggan/BCCD_Dataset/archive/refs/tags/v1.0.zip",
        ),
    ),
    licence="MIT",
    citation="Shenggan, BCCD Dataset, https://github.com/Shenggan/BCCD_Dataset",
    homepage="https://github.com/Shenggan/BCCD_Dataset",
    classes={
        "NEUTROPHIL": "neutrophil",
        "EOSINOPHIL": "eosinophil",
        "LYMPHOCYTE": "lymphocyte",
        "MONOCYTE": "monocyte",
        "BASOPHIL": "basophil",
        "Platelets": "platelet",
    },
    how_to_get="download the repository at https://github.com/Shenggan/BCCD_Dataset as a zip",
    n_images=364,
    faults=(
        (
            "where labels.csv tells the types, 44 of its 411 rows are empty and 15 name two types; "
            "such fields stay with a reason"
        ),
    ),
)

_NO_TYPES = (
    "BCCD: no labels.csv lies beside the annotations, so the classes are the boxes' (WBC, RBC, "
    "Platelets); the archive of `buffycoat fetch bccd_kaggle` has the same fields with the types "
    "of their white cells: `buffycoat import data/bccd_kaggle --source bccd` reads them"
)


@source(BCCD)
def bccd(root: Path) -> SampleTable:
    """The boxes of all fields: white cells by type with labels.csv, else boxes by their names.

    Raises:
        InputError: when annotations and images do not lie in one folder.
    """
    folder = find_folder(root, _is_voc, "annotations with their images beside them")
    table = read_voc(folder)
    if (folder / "labels.csv").is_file():
        return table
    warnings.warn(_NO_TYPES, BuffycoatWarning, stacklevel=2)
    return replace(table, notes=(*table.notes, _NO_TYPES))


def _is_voc(folder: Path) -> bool:
    names = {inner.name.casefold() for inner in look_into(folder).folders}
    return annotations_in(folder) is not None and bool(names & {"images", "jpegimages"})
