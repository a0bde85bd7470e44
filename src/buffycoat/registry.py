"""Names for things that can be extended: one registry for each kind, and a choice from it."""

from __future__ import annotations

import inspect
import json
import math
import tomllib
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from buffycoat.errors import SettingError, UnknownNameError

__all__ = ["Choice", "Registry"]

Entry = TypeVar("Entry", bound=Callable[..., Any])


@dataclass(frozen=True)
class Choice:
    """One entry of a registry with its own arguments, written `name` or `{name = "...", ...}`.

    >>> Choice.parse('{name = "dense", widths = [64, 32]}')
    Choice(name='dense', arguments={'widths': [64, 32]})
    """

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, given: str | dict[str, Any] | Choice) -> Choice:
        """The choice that a flag, a TOML value or Python gave.

        Raises:
            SettingError: when the text is neither a name nor a TOML table with a name.
        """
        if isinstance(given, Choice):
            return given
        table: Any = _inline_table(given) if isinstance(given, str) else given
        if not isinstance(table, dict) or not isinstance(table.get("name"), str):
            raise SettingError(f"{given!r} names nothing: write a name, or {{name = ...}}")
        return cls(table["name"], {k: v for k, v in table.items() if k != "name"})

    def __str__(self) -> str:
        if not self.arguments:
            return self.name
        # Strings, numbers and lists are written alike in JSON and in TOML.
        inner = ", ".join(f"{name} = {json.dumps(v)}" for name, v in self.arguments.items())
        return f'{{name = "{self.name}", {inner}}}'

    def as_toml(self) -> str | dict[str, Any]:
        """The plain name, or the table when there are arguments."""
        return {"name": self.name, **self.arguments} if self.arguments else self.name


def _inline_table(text: str) -> dict[str, Any]:
    if not text.lstrip().startswith("{"):
        return {"name": text.strip()}
    try:
        return dict(tomllib.loads(f"x = {text}")["x"])
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{text!r} is not a TOML table like {{name = ...}}: {error}") from error


def _has_type(value: object, hint: object) -> bool:
    """Whether a value is of a plain type; what has another type, the entry checks itself."""
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return hint not in (bool, str) or isinstance(value, hint)


class Registry(Generic[Entry]):
    """Entries of one kind by name, filled by a decorator."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, Entry] = {}

    def register(self, entry: Entry) -> Entry:
        """Add a function under its own name, with underscores as they are."""
        name = entry.__name__
        if name in self._entries:
            said = f"another {self.kind} is named {name!r} already"
            raise SettingError(f"{said}: give one of the two another name")
        self._entries[name] = entry
        return entry

    def remove(self, name: str) -> None:
        """Take an entry out again, where it is there."""
        self._entries.pop(name, None)

    def get(self, name: str) -> Entry:
        """The entry of that name.

        Raises:
            UnknownNameError: when there is none.
        """
        if name not in self._entries:
            raise UnknownNameError(self.kind, name, self._entries)
        return self._entries[name]

    def checked(self, choice: Choice, *given: str) -> Entry:
        """The chosen entry, after its arguments were held against its signature.

        Args:
            choice: Name and arguments.
            given: Names of parameters that the caller supplies itself.

        Raises:
            SettingError: for an argument that the entry does not take, or of another type.
        """
        entry = self.get(choice.name)
        hints = typing.get_type_hints(entry)
        takes = [name for name in inspect.signature(entry).parameters if name not in given]
        for name, value in choice.arguments.items():
            if name not in takes:
                said = ", ".join(takes) or "no arguments"
                raise SettingError(f"{self.kind} {choice.name!r} takes {said}, not {name!r}")
            if isinstance(value, float) and math.isnan(value):
                raise SettingError(f"{self.kind} {choice.name!r}: {name} is nan; give a number")
            if not _has_type(value, hints.get(name)):
                said = f"{name} is {value!r}; it must be of type {hints[name].__name__}"
                raise SettingError(f"{self.kind} {choice.name!r}: {said}")
        return entry

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._entries))

    def __contains__(self, name: object) -> bool:
        return name in self._entries
