"""Pascal VOC boxes: each box in a field of many cells is a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields as fields_of
from pathlib import Path

from buffycoat.errors import InputError, SettingError
from buffycoat.sources.contents import Contents, annotations_in, look_into
from buffycoat.sources.listing import list_samples
from buffycoat.sources.voc_fields import read_field
from buffycoat.sources.voc_labels import read_field_labels
from buffycoat.sources.voc_rows import CELL_BOX, VocFolder, VocRow, box_rows, loose_rows
from buffycoat.tables.samples import SampleTable

__all__ = ["read_voc"]


def read_voc(
    root: Path,
    *,
    margin: float = 0.15,
    labels: Path | None = None,
    keep: Sequence[str] = (),
    min_classes: int = 2,
) -> SampleTable:
    """Each box of each field as a sample: a square around the cell, with the field recorded.

    Where a CSV tells the cell type of each field (`labels.csv` of BCCD), the boxes `WBC` get it.
    What is ambiguous stays with a reason: a field with several types, with none, with several
    such boxes under one label, without annotation, or without image.

    Args:
        root: A folder with `images` (or `JPEGImages`) and `annotations`.
        margin: Added on each side of a box, as a share of its longer side.
        labels: The CSV of field labels; by default `labels.csv` in the root, where there is one.
        keep: Names of the boxes to take; the others keep a row with a reason. By default `WBC`
            where there are field labels, else all.
        min_classes: Fewer classes are refused.

    Raises:
        InputError: when a folder, an annotation or the CSV is missing or wrong.
        SettingError: when `keep` names no box, or the margin is negative.
    """
    if not 0 <= margin <= 10:
        raise SettingError(f"margin is {margin}: it is a share of the box, 0 or more")
    root = Path(root).resolve()
    folder = _read(root, labels)
    taken = _taken(root, folder, keep)
    rows = [*box_rows(folder, taken, margin), *loose_rows(folder)]
    names = [field.name for field in fields_of(VocRow)]
    return list_samples(
        {name: [getattr(row, name) for row in rows] for name in names},
        root=root,
        origin=root,
        notes=_notes(root, rows, taken),
        min_classes=min_classes,
    )


def _read(root: Path, labels: Path | None) -> VocFolder:
    images, annotations = _images_in(root), annotations_in(root)
    if annotations is None:
        said = "it needs 'annotations', with an XML file for each field"
        raise InputError(f"{root} holds whole fields without boxes: {said}")
    paths = [path for path in look_into(annotations).others if path.suffix.lower() == ".xml"]
    if not paths:
        raise InputError(f"{annotations} holds no XML file: it needs one for each field")
    fields = [read_field(path) for path in paths if not path.name.startswith(".")]
    by_stem = {image.stem: image.name for image in images.images}
    stems = dict.fromkeys([*(field.stem for field in fields), *by_stem])
    table = labels or next((path for path in [root / "labels.csv"] if path.is_file()), None)
    found = read_field_labels(table, stems) if table else None
    return VocFolder(by_stem, images.path.name, fields, found)


def _images_in(root: Path) -> Contents:
    known = {"images", "jpegimages"}
    found = [path for path in look_into(root).folders if path.name.casefold() in known]
    if len(found) != 1:
        said = "'images' or 'JPEGImages', with the photographs that its annotations name"
        raise InputError(f"{root} needs one folder {said}; it has {len(found)}")
    return look_into(found[0])


def _taken(root: Path, folder: VocFolder, keep: Sequence[str]) -> tuple[str, ...]:
    names = Counter(box.name for field in folder.fields for box in field.boxes)
    if not names:
        raise InputError(f"{root}: none of its {len(folder.fields)} annotations holds a box")
    unknown = [name for name in keep if name not in names]
    if unknown:
        known = ", ".join(f"{name!r} ({n})" for name, n in names.items())
        raise SettingError(f"keep: no box is called {unknown[0]!r}; there are {known}")
    if folder.labels is not None and not keep:
        if CELL_BOX not in names:
            said = f"its labels tell the type of boxes {CELL_BOX!r}, of which there are none"
            raise InputError(f"{root}: {said}; there are {', '.join(map(repr, names))}")
        return (CELL_BOX,)
    return tuple(keep) or tuple(names)


def _notes(root: Path, rows: Sequence[VocRow], taken: Sequence[str]) -> list[str]:
    """How many boxes are not taken, and how many other rows cannot be used."""
    aside = Counter(row.box_name for row in rows if row.box_name not in (None, *taken))
    notes = [
        f"{root.name}: {n} boxes {name!r} are not taken (keep them with --keep)"
        for name, n in aside.items()
    ]
    taken_rows = [row for row in rows if row.box_name in (None, *taken)]
    n_unusable = sum(row.excluded_because is not None for row in taken_rows)
    if n_unusable:
        said = "other boxes, fields or labels cannot be used; each row says why"
        notes.append(f"{root.name}: {n_unusable} {said}")
    return notes
