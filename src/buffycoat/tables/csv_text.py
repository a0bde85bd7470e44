"""The cells of a CSV file as texts, with the line of each row, for messages that name it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from buffycoat.errors import InputError

__all__ = ["CsvText", "read_csv_text"]


@dataclass(frozen=True)
class CsvText:
    """A CSV file as it was read."""

    path: Path
    """The file."""
    columns: dict[str, list[str]]
    """The cells as written, by the column's name."""
    lines: list[int]
    """The line of the file on which each row ends."""
    notes: tuple[str, ...] = ()
    """What was unusual."""

    def known(self, name: str) -> list[str | None]:
        """A column's cells without spaces around them, None where nothing is left."""
        return [cell.strip() or None for cell in self.columns[name]]

    def find(self, *names: str) -> str | None:
        """The column of one of these names, in any case."""
        spelled = {name.casefold(): name for name in reversed(list(self.columns))}
        return next((spelled[name] for name in names if name in spelled), None)

    def needed(self, *names: str) -> str:
        """The column of one of these names.

        Raises:
            InputError: when there is none, with the columns that there are.
        """
        column = self.find(*names)
        if column is None:
            has = ", ".join(map(repr, self.columns))
            said = f"it has no column {' or '.join(map(repr, names))}"
            is_one = len(self.columns) == 1
            hint = "; separate them with commas" if is_one else "; rename one of them"
            raise InputError(f"{self.path}: {said}; its first line names the columns: {has}{hint}")
        return column

    def row(self, index: int) -> str:
        """How a message calls a row."""
        return f"{self.path.name}, line {self.lines[index]}"


def read_csv_text(path: Path, like: str = "path,label", *, may_be_empty: bool = False) -> CsvText:
    """A CSV file in UTF-8 with a header, separated by commas, semicolons or tabs.

    Args:
        path: The file.
        like: A header that it could have, for the message about one that is empty.
        may_be_empty: Whether a header alone will do.

    Raises:
        InputError: when it is missing, in another encoding, ragged or empty, with the line.
    """
    path = Path(path)
    text = _decoded(path)
    delimiter = _delimiter(text.split("\n", 1)[0])
    lines, rows = _rows(path, text, delimiter)
    if len(rows) < (1 if may_be_empty else 2):
        raise InputError(f"{path} has no rows: it needs a header like {like} and rows below")
    header = _header(path, rows[0])
    columns = {name: [cells[i] for cells in rows[1:]] for i, name in enumerate(header)}
    named = {";": "semicolons", "\t": "tabs", "|": "bars"}.get(delimiter)
    notes = (f"{path.name} is separated by {named}, not commas; it was read so",) if named else ()
    return CsvText(path, columns, lines[1:], notes)


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        said = f"{path} cannot be read: {error.strerror}; give a CSV file"
        raise InputError(said) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = f"line {line} has byte 0x{data[error.start]:02x}"
        known = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "WINDOWS-1252"
        how = f"save it as 'CSV UTF-8', or run: iconv -f {known} -t UTF-8 {path.name}"
        raise InputError(f"{path} is not UTF-8 text: {where}; {how}") from error
    if "\0" in text:
        raise InputError(f"{path} is no text: it has zero bytes; save it as 'CSV UTF-8'")
    return text


def _delimiter(header: str) -> str:
    """The comma, unless the header has none and another separator instead."""
    return next((mark for mark in ",;\t|" if mark in header), ",")


def _rows(path: Path, text: str, delimiter: str) -> tuple[list[int], list[list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[int] = []
    rows: list[list[str]] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if rows and len(cells) != len(rows[0]):
                said = f"{len(cells)} cells, the header has {len(rows[0])}"
                more = "put a cell that holds a comma into double quotes"
                hint = more if len(cells) > len(rows[0]) else "separate all lines like the first"
                raise InputError(f"{path}, line {reader.line_num}: {said}; {hint}")
            lines.append(reader.line_num)
            rows.append(cells)
    except csv.Error as error:
        hint = "close every double quote"
        raise InputError(f"{path}, line {reader.line_num}: {error}; {hint}") from error
    return lines, rows


def _header(path: Path, cells: list[str]) -> list[str]:
    names = [cell.strip() or f"column_{n}" for n, cell in enumerate(cells, start=1)]
    doubled = [name for name, n in Counter(names).items() if n > 1]
    if doubled:
        raise InputError(f"{path} has several columns {doubled[0]!r}: give each its own name")
    return names
