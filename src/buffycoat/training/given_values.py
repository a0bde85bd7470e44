"""Values that were given as text, such as `1e-3,2e-3`, to values of a setting's type."""

from __future__ import annotations

import tomllib
import types
import typing
from typing import Any

from buffycoat.errors import SettingError
from buffycoat.registry import Choice

__all__ = ["split_values", "value_of_text"]

_OPEN, _CLOSE, _QUOTES = "[{(", "]})", "\"'"
_KINDS = {int: "a whole number", float: "a number", bool: "true or false"}


def split_values(listed: str) -> list[str]:
    """The parts between the commas that stand outside of brackets and quotes.

    >>> split_values('sgd,{name = "adamw", weight_decay = 0.1}')
    ['sgd', '{name = "adamw", weight_decay = 0.1}']
    """
    parts, depth, quote = [""], 0, ""
    for letter in listed:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in _QUOTES:
            quote = letter
        depth += (letter in _OPEN) - (letter in _CLOSE) if not quote else 0
        if letter == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def value_of_text(text: str, hint: Any, name: str) -> Any:
    """The value of one text; what the settings themselves check is not checked here.

    Args:
        text: Without the commas around it.
        hint: The type of the setting; None for an argument of any plain type.
        name: The setting's name, for the message.

    Raises:
        SettingError: when it is not of that type.
    """
    if hint is Choice:
        return Choice.parse(text)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return value_of_text(text, typing.get_args(hint)[0], name)
    if hint is None:
        return _plain(text, default=text)
    if hint in (int, float):
        return _number(text, hint, name)
    if typing.get_origin(hint) is tuple:
        return _listed(text, typing.get_args(hint)[0], name)
    if hint is bool:
        value = _plain(text.lower(), default=None)
        if not isinstance(value, bool):
            raise SettingError(f"--vary {name}: {text!r} is not {_KINDS[bool]}")
        return value
    return _unquoted(text)


def _listed(text: str, of: Any, name: str) -> tuple[Any, ...]:
    """The items of a list; names in it need no quotes."""
    is_numbers = of in (int, float)
    value = _plain(text, default=None)
    if value is None and not is_numbers and text[:1] == "[" and text[-1:] == "]":
        parts = split_values(text[1:-1])
        value = [_unquoted(part) for part in parts] if all(parts) else None
    if not isinstance(value, list):
        wanted = "[32, 32]" if is_numbers else "[one, another]"
        raise SettingError(f"--vary {name}: {text!r} is not a list such as {wanted}")
    return tuple(value)


def _number(text: str, kind: type[int] | type[float], name: str) -> int | float:
    try:
        return kind(text)
    except ValueError as error:
        raise SettingError(f"--vary {name}: {text!r} is not {_KINDS[kind]}") from error


def _plain(text: str, default: Any) -> Any:
    """What TOML reads, or the default."""
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return default


def _unquoted(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES
    return text[1:-1] if is_quoted else text
