"""A setting varied by name: `learning_rate=1e-3,2e-3` to the field and its values."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.registry import Choice
from buffycoat.training.given_values import split_values, value_of_text
from buffycoat.training.settings import TrainSettings

__all__ = ["Variation", "find_setting", "parse_variation", "parse_variations"]


@dataclass(frozen=True)
class Variation:
    """One setting and the values that it takes in turn."""

    name: str
    """Dotted name, such as `learning.learning_rate` or `augmentation.brightness`."""
    values: tuple[Any, ...]
    """In the order given; of the type that the setting has, or plain values for an argument."""
    is_argument: bool = False
    """Whether it is an argument within a choice."""


def parse_variations(
    given: Sequence[str], base: TrainSettings | None = None
) -> tuple[Variation, ...]:
    """The variations of several texts `NAME=V1,V2`.

    Raises:
        SettingError: for no text, one that cannot be read, or a setting that is varied twice.
    """
    if not given:
        raise SettingError("nothing is varied: give at least one --vary NAME=V1,V2")
    found = tuple(parse_variation(text, base) for text in given)
    names = [variation.name for variation in found]
    for name in names:
        if names.count(name) > 1:
            raise SettingError(f"{name} is varied twice: give all its values in one --vary")
    return found


def parse_variation(text: str, base: TrainSettings | None = None) -> Variation:
    """The variation that a text such as `model=a,b` describes.

    Values are split at commas outside of brackets and quotes.

    Args:
        text: `NAME=V1,V2`; NAME is a field of the settings, dotted or alone, or an argument within
            a choice, such as `augmentation.brightness`.
        base: Settings whose fields are meant; their values do not matter.

    Raises:
        SettingError: for an unknown name, no value, a value twice, or one of another type.

    >>> parse_variation("learning_rate=1e-3,2e-3")
    Variation(name='learning.learning_rate', values=(0.001, 0.002), is_argument=False)
    """
    given, equals, listed = text.partition("=")
    if not equals or not given.strip():
        raise SettingError(f"--vary {text!r} names no values: write NAME=V1,V2")
    name, hint = find_setting(given, base)
    texts = split_values(listed)
    if not all(texts):
        raise SettingError(f"--vary {text!r} has an empty value: write NAME=V1,V2")
    values: list[Any] = []
    for value in (value_of_text(part, hint, name) for part in texts):
        if any(_is_same(value, other) for other in values):
            raise SettingError(f"--vary {given}: {value} is given twice")
        values.append(value)
    return Variation(name, tuple(values), is_argument=hint is None)


def find_setting(given: str, base: TrainSettings | None = None) -> tuple[str, Any]:
    """The dotted name of the setting that is meant, and its type.

    Args:
        given: A field's name, dotted or alone, or an argument within a choice, such as
            `augmentation.brightness`, whose type comes back as None.
        base: Settings whose fields are meant; their values do not matter.

    Raises:
        UnknownNameError: when there is none.
    """
    return _found(given.strip().replace("-", "_"), dict(_hints(base or TrainSettings())))


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are equal; a truth is no number."""
    if isinstance(one, Choice) and isinstance(other, Choice):
        return one.name == other.name and _is_same(one.arguments, other.arguments)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_is_same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _hints(settings: object, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every field by its dotted name, with its type."""
    hints = typing.get_type_hints(type(settings))
    for item in fields(settings):  # type: ignore[arg-type]
        value, name = getattr(settings, item.name), f"{before}{item.name}"
        if is_dataclass(value) and not isinstance(value, Choice):
            yield from _hints(value, f"{name}.")
        else:
            yield name, hints[item.name]


def _found(given: str, hints: Mapping[str, Any]) -> tuple[str, Any]:
    """The dotted name that is meant, with its type; None for an argument within a choice."""
    short = {name.rpartition(".")[2]: name for name in hints}
    if name := given if given in hints else short.get(given):
        return name, hints[name]
    outer, _, argument = given.rpartition(".")
    choice = outer if outer in hints else short.get(outer, "")
    if argument and hints.get(choice) is Choice:
        return f"{choice}.{argument}", None
    raise UnknownNameError("setting to vary", given, {*short, *hints})
