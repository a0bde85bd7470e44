"""Blood Cell Images of Kaggle: augmented copies of BCCD's photographs, TRAIN and TEST."""

from __future__ import annotations

from pathlib import Path

from buffycoat.sources.contents import look_into
from buffycoat.sources.data_sets.places import find_folder, holds_classes
from buffycoat.sources.folder import read_folder
from buffycoat.sources.record import RemoteFile, SourceRecord, source
from buffycoat.sources.remote.kaggle import kaggle_login
from buffycoat.tables.samples import SampleTable

__all__ = ["BCCD_KAGGLE", "bccd_kaggle"]

_PAGE = "https://www.kaggle.com/datasets/paultimothymooney/blood-cells"

BCCD_KAGGLE = SourceRecord(
    name="bccd_kaggle",
    title="Blood Cell Images of Kaggle, 320 x 240 pixels",
    files=(
        RemoteFile(
            "blood-cells.zip",
            "https://www.kaggle.com/api/v1/datasets/download/paultimothymooney/blood-cells",
            login=kaggle_login,
        ),
    ),
    licence="MIT",
    citation=f"Mooney, Blood Cell Images, {_PAGE}; derived from BCCD, "
    "https://github.com/Shenggan/BCCD_Dataset",
    homepage=_PAGE,
    classes={
        "EOSINOPHIL": "eosinophil",
        "LYMPHOCYTE": "lymphocyte",
        "MONOCYTE": "monocyte",
        "NEUTROPHIL": "neutrophil",
    },
    how_to_get=f"download the archive at {_PAGE}",
    n_images=12_444,
    faults=(
        (
            "every image is an augmented copy of one of 348 photographs (TRAIN 277, TEST 71), and "
            "no name tells of which: intervals that take images as independent are too narrow, and "
            "a validation part drawn from TRAIN shares photographs with it"
        ),
    ),
)


@source(BCCD_KAGGLE)
def bccd_kaggle(root: Path) -> SampleTable:
    """The images of TRAIN and TEST by class; TEST_SIMPLE and the original fields are not read.

    Raises:
        InputError: when TRAIN and TEST with their classes are not there.
    """
    return read_folder(find_folder(root, _has_parts, "folders TRAIN and TEST with class folders"))


def _has_parts(folder: Path) -> bool:
    parts = [f for f in look_into(folder).folders if f.name.casefold() in {"train", "test"}]
    return len(parts) == 2 and all(holds_classes(f, BCCD_KAGGLE.classes, 1) for f in parts)
