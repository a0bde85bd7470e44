"""BloodMNIST in its four sizes: PBC cut to the central 200 x 200 pixels and resized, as .npz."""

from __future__ import annotations

from pathlib import Path

from buffycoat.errors import InputError
from buffycoat.sources.npz import read_npz
from buffycoat.sources.npz_names import BLOODMNIST_NAMES
from buffycoat.sources.record import RemoteFile, SourceRecord, source
from buffycoat.tables.samples import SampleTable

__all__ = ["bloodmnist", "bloodmnist_128", "bloodmnist_224", "bloodmnist_64"]

_RECORD = "https://zenodo.org/records/10519652"


def _record(name: str, size_px: int, md5: str) -> SourceRecord:
    return SourceRecord(
        name=name,
        title=f"BloodMNIST, {size_px} x {size_px} pixels",
        files=(RemoteFile(f"{name}.npz", f"{_RECORD}/files/{name}.npz", md5=md5, unpack=False),),
        licence="CC BY 4.0",
        citation="Yang et al., Scientific Data 10 (2023) 41; the images: Acevedo et al., Data in "
        "Brief 30 (2020) 105474",
        homepage=_RECORD,
        classes={own: "immature granulocyte" if own == "ig" else own for own in BLOODMNIST_NAMES},
        how_to_get=f"download {name}.npz at {_RECORD}",
        n_images=17_092,
        faults=("its parts were dealt by image, without regard to patients, who are not known",),
    )


def _read(root: Path, name: str) -> SampleTable:
    path = root / f"{name}.npz" if root.is_dir() else root
    if not path.is_file():
        raise InputError(f"{root} holds no {name}.npz")
    return read_npz(path, names=BLOODMNIST_NAMES)


@source(_record("bloodmnist", 28, "7053d0359d879ad8a5505303e11de1dc"))
def bloodmnist(root: Path) -> SampleTable:
    """The images at 28 x 28 pixels, in the published parts."""
    return _read(root, "bloodmnist")


@source(_record("bloodmnist_64", 64, "2b94928a2ae4916078ca51e05b6b800b"))
def bloodmnist_64(root: Path) -> SampleTable:
    """The images at 64 x 64 pixels, in the published parts."""
    return _read(root, "bloodmnist_64")


@source(_record("bloodmnist_128", 128, "adace1e0ed228fccda1f39692059dd4c"))
def bloodmnist_128(root: Path) -> SampleTable:
    """The images at 128 x 128 pixels, in the published parts."""
    return _read(root, "bloodmnist_128")


@source(_record("bloodmnist_224", 224, "b718ff6835fcbdb22ba9eacccd7b2601"))
def bloodmnist_224(root: Path) -> SampleTable:
    """The images at 224 x 224 pixels, in the published parts."""
    return _read(root, "bloodmnist_224")
