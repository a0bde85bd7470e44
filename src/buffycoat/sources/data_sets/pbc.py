"""PBC: peripheral blood cells of the Hospital Clinic of Barcelona, a folder per class."""

from __future__ import annotations

from pathlib import Path

from buffycoat.sources.data_sets.places import find_folder, holds_classes
from buffycoat.sources.folder import read_folder
from buffycoat.sources.record import RemoteFile, SourceRecord, source
from buffycoat.tables.samples import SampleTable

__all__ = ["PBC", "pbc"]

PBC = SourceRecord(
    name="pbc",
    title="PBC, peripheral blood cells (CellaVision DM96, May-Grünwald-Giemsa)",
    # The address behind the page's button, as public code uses it; the size is the published one.
    files=(
        RemoteFile(
            "PBC_dataset_normal_DIB.zip",
            url="https://data.mendeley.com/public-files/datasets/snkd93bnjr/files/"
            "2fc38728-2ae7-4a62-a857-032af82334c3/file_downloaded",
            n_bytes=281_366_219,
        ),
    ),
    licence="CC BY 4.0",
    citation="Acevedo et al., Data in Brief 30 (2020) 105474",
    homepage="https://data.mendeley.com/datasets/snkd93bnjr/1",
    classes={
        "basophil": "basophil",
        "eosinophil": "eosinophil",
        "erythroblast": "erythroblast",
        "ig": "immature granulocyte",
        "lymphocyte": "lymphocyte",
        "monocyte": "monocyte",
        "neutrophil": "neutrophil",
        "platelet": "platelet",
    },
    how_to_get="download PBC_dataset_normal_DIB.zip at https://data.mendeley.com/datasets/snkd93bnjr/1",
    n_images=17_092,
    faults=(
        (
            "no patient or slide is known, so that images of one patient can be on both sides of a "
            "split"
        ),
        "17 groups of files are byte for byte the same, one of them with two labels",
        (
            "in the published frames the size of an image gives its class away in part: 360 x 360 "
            "pixels occurs in two classes only"
        ),
    ),
)


@source(PBC)
def pbc(root: Path) -> SampleTable:
    r"""The images by class; their names' prefixes tell finer classes.

    `neutrophil/.DS_169665.jpg` of the archive is no image and is left out, as hidden files are.
    The finer classes (metamyelocyte MMY, band neutrophil BNE, ...) are had with
    `--label-from '([A-Z]+)_\d+'`.

    Raises:
        InputError: when the class folders are not there.
    """
    wanted = "folders of PBC's classes (basophil, ig, platelet, ...)"
    return read_folder(find_folder(root, lambda f: holds_classes(f, PBC.classes), wanted))
