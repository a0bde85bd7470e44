"""Cell types of whole fields, from the CSV beside Pascal VOC annotations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

from buffycoat.errors import InputError
from buffycoat.tables.csv_text import read_csv_text

__all__ = ["FieldLabel", "read_field_labels"]


@dataclass(frozen=True)
class FieldLabel:
    """What a CSV says of one field."""

    place: str
    """File and line."""
    image: str
    """The field as the CSV names it."""
    written: str
    """Its types as written."""

    @property
    def types(self) -> tuple[str, ...]:
        """The types of its cells, of which there may be none or several."""
        return tuple(word.strip() for word in self.written.split(",") if word.strip())


def read_field_labels(path: Path, stems: Iterable[str]) -> dict[str, FieldLabel]:
    """The label of each field by its stem; fields that are not known stand under their own name.

    A field is named by its file, its stem, or the number at the end of its stem: 7 is
    `BloodImage_00007`.

    Args:
        path: A CSV with columns `Image` and `Category`, or `image` and `label`.
        stems: The fields that there are.

    Raises:
        InputError: when a column is missing or a field is named twice, with the line.
    """
    text = read_csv_text(path)
    images = text.known(text.needed("image", "path", "filename"))
    written = text.columns[text.needed("category", "label")]
    known, labels = _names(stems), dict[str, FieldLabel]()
    for index, image in enumerate(images):
        if image is None:
            raise InputError(f"{text.row(index)}: the image is not named")
        number = str(int(image)) if image.isdecimal() else None
        stem = known.get(number or PurePath(image).stem, image)
        if stem in labels:
            raise InputError(f"{text.row(index)}: {image!r} stands at {labels[stem].place} too")
        labels[stem] = FieldLabel(text.row(index), image, written[index])
    return labels


def _names(stems: Iterable[str]) -> dict[str, str]:
    """The stem by its number, where the number is one field's alone, and by itself."""
    stems = list(stems)
    numbers = {stem: str(int(end[0])) for stem in stems if (end := re.search(r"\d+$", stem))}
    often = Counter(numbers.values())
    by_number = {number: stem for stem, number in numbers.items() if often[number] == 1}
    return by_number | {stem: stem for stem in stems}
