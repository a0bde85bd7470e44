"""What the columns of a user's CSV are called in the sample table, and how their cells are read."""

from __future__ import annotations

from collections import Counter

from buffycoat.errors import InputError
from buffycoat.sources.splits import split_of
from buffycoat.tables.csv_text import CsvText
from buffycoat.tables.samples import SCHEMA

__all__ = ["TAKEN", "kept_columns", "read_boxes", "read_items", "read_splits"]

TAKEN = ("label", "patient", "slide", "field", "split", "item", "box")
"""Columns that are taken as they are; others of the table's own names become `<name>_given`."""


def kept_columns(text: CsvText, without: str) -> dict[str, str]:
    """The name in the sample table of each column of a CSV, but for one.

    `group` becomes `group_given`, since `group` is derived from all origins; what Buffycoat finds
    itself (`file_sha256`, `fold`, ...) is kept beside it in the same way.

    Raises:
        InputError: when two columns get one name.
    """
    names = {column: _name(column) for column in text.columns if column != without}
    doubled = [name for name, n in Counter(names.values()).items() if n > 1]
    if doubled:
        both = [column for column, name in names.items() if name == doubled[0]]
        raise InputError(f"{text.path}: columns {both} mean the same: keep one of them")
    return names


def _name(column: str) -> str:
    plain = column.casefold()
    if plain in TAKEN:
        return plain
    return f"{plain}_given" if plain in SCHEMA else column


def read_splits(text: CsvText, column: str) -> list[str | None]:
    """The splits that a column names in words like `val`, None where it is empty.

    Raises:
        InputError: for another word, with the line.
    """
    splits = []
    for index, word in enumerate(text.known(column)):
        split = None if word is None else split_of(word)
        if word is not None and split is None:
            said = f"{column} is {word!r}; it can be train, validation (val, valid) or test"
            raise InputError(f"{text.row(index)}: {said}")
        splits.append(split)
    return splits


def read_items(text: CsvText, column: str) -> list[int | None]:
    """Whole numbers from 0, None where a cell is empty.

    Raises:
        InputError: for anything else, with the line.
    """
    items = []
    for index, word in enumerate(text.known(column)):
        if word is not None and not word.isdecimal():
            said = f"{column} is {word!r}; it is the page or the row, a whole number from 0"
            raise InputError(f"{text.row(index)}: {said}")
        items.append(None if word is None else int(word))
    return items


def read_boxes(text: CsvText, column: str) -> list[list[int] | None]:
    """Left, top, right and bottom in pixels, None where a cell is empty.

    Raises:
        InputError: for anything else, with the line.
    """
    boxes: list[list[int] | None] = []
    for index, word in enumerate(text.known(column)):
        numbers = (word or "").split()
        edges = [int(number) for number in numbers if number.isdecimal()]
        is_box = len(numbers) == len(edges) == 4 and edges[0] < edges[2] and edges[1] < edges[3]
        if word is not None and not is_box:
            said = f"{column} is {word!r}; it is left, top, right and bottom: '10 20 90 100'"
            raise InputError(f"{text.row(index)}: {said}")
        boxes.append(edges if word else None)
    return boxes
