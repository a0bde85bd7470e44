"""The rows of a Pascal VOC folder: its boxes, and what is there without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from buffycoat.sources.voc_fields import Box, Field, square_around
from buffycoat.sources.voc_labels import FieldLabel

__all__ = ["CELL_BOX", "VocFolder", "VocRow", "box_rows", "loose_rows"]

CELL_BOX = "WBC"
"""The boxes whose type a CSV of field labels tells."""


@dataclass(frozen=True)
class VocFolder:
    """What a Pascal VOC folder holds."""

    images: Mapping[str, str]
    """The name of each image by its stem."""
    place: str
    """The folder of the images, relative to the root."""
    fields: Sequence[Field]
    """The annotated fields."""
    labels: Mapping[str, FieldLabel] | None
    """What the CSV says of each field, by stem; None without a CSV."""

    def image_of(self, field: Field) -> str | None:
        """The name of a field's image, when it is there."""
        if self.images.get(Path(field.filename).stem) == field.filename:
            return field.filename
        return self.images.get(field.stem)


@dataclass(frozen=True)
class VocRow:
    """One row of the sample table."""

    sample_id: str
    path: str
    field: str
    label_given: str | None
    excluded_because: str | None
    label: str | None = None
    box_name: str | None = None
    box: tuple[int, int, int, int] | None = None


def box_rows(folder: VocFolder, keep: Sequence[str], margin: float) -> Iterator[VocRow]:
    """A row for each box, with a label or a reason for having none."""
    for field in folder.fields:
        image = folder.image_of(field)
        path = f"{folder.place}/{image or field.filename}"
        for number, box in enumerate(field.boxes, start=1):
            given, reason = _label_of(folder, field, box)
            if box.name not in keep:
                reason = f"box {box.name!r} is not among those taken: {', '.join(keep)}"
            elif image is None:
                reason = "missing file"
            elif box.is_empty:
                reason = "the box is empty"
            yield VocRow(
                f"{path}#{number}",
                path,
                field.stem,
                given,
                reason,
                label=None if reason else given,
                box_name=box.name,
                box=square_around(box.edges, field.size_px, margin),
            )


def _label_of(folder: VocFolder, field: Field, box: Box) -> tuple[str | None, str | None]:
    """The label of a box, and why it cannot be used."""
    if folder.labels is None or box.name != CELL_BOX:
        return box.name, None if box.name else "the box has no name"
    label = folder.labels.get(field.stem)
    if label is None or not label.types:
        return None, f"no type ({label.place})" if label else "no label for this field"
    if len(label.types) > 1:
        return label.written, f"several types in one field ({label.place}): {label.written}"
    n_cells = sum(other.name == CELL_BOX for other in field.boxes)
    reason = f"{n_cells} boxes {CELL_BOX!r} share the one label of the field"
    return label.types[0], reason if n_cells > 1 else None


def loose_rows(folder: VocFolder) -> Iterator[VocRow]:
    """A row for each image without annotation, and for each label without a box or an image."""
    annotated = {field.stem for field in folder.fields}
    labels = folder.labels or {}
    for stem, image in folder.images.items():
        if stem not in annotated:
            given = labels[stem].written.strip() or None if stem in labels else None
            yield _loose(folder, stem, image, given, "no annotation says where its cells are")
    boxed = {f.stem for f in folder.fields if any(box.name == CELL_BOX for box in f.boxes)}
    images = {field.stem: folder.image_of(field) or field.filename for field in folder.fields}
    for stem, label in labels.items():
        if stem in annotated and stem not in boxed and label.types:
            said = f"no box {CELL_BOX!r} in this field ({label.place}: {label.written})"
            yield _loose(folder, stem, images[stem], label.written, said)
        elif stem not in annotated and stem not in folder.images:
            said = f"no image of field {label.image!r} ({label.place})"
            yield _loose(folder, stem, stem, label.written.strip() or None, said)


def _loose(folder: VocFolder, stem: str, name: str, given: str | None, reason: str) -> VocRow:
    path = f"{folder.place}/{name}"
    return VocRow(f"{path}#field", path, stem, given, reason)
