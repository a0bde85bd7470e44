"""Settings as TOML and back: a recipe is a set of defaults."""

from __future__ import annotations

import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.models.plugin import split_name
from buffycoat.registry import Choice

__all__ = ["from_dict", "read_recipe", "recipe_names", "to_dict", "to_toml"]

Settings = TypeVar("Settings")

_FOLDER = resources.files("buffycoat") / "recipes"


def recipe_names() -> dict[str, str]:
    """The recipes that come with Buffycoat, with the sentence that each begins with."""
    found = sorted((f for f in _FOLDER.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {f.name.removesuffix(".toml"): _text(f).partition("\n")[0][2:] for f in found}


def read_recipe(name: str, settings: Settings) -> Settings:
    """The settings with a recipe's values put in.

    Args:
        name: One of `recipe_names()`, or the path of a TOML file. A model's file that it names may
            lie beside it, or where the command is given.
        settings: What holds where the recipe says nothing.

    Raises:
        SettingError: for a recipe that does not exist, is no TOML, or has unknown fields.
    """
    is_file = name.endswith(".toml")
    if not is_file and name not in recipe_names():
        raise UnknownNameError("recipe", name, recipe_names())
    try:
        text = _text(Path(name) if is_file else _FOLDER / f"{name}.toml")
        given = tomllib.loads(text)
        return from_dict(settings, _beside(given, Path(name).parent) if is_file else given, name)
    except OSError as error:
        raise SettingError(f"recipe {name} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"recipe {name} is not TOML: {error}") from error


def _beside(given: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The values with a model's file taken from beside the recipe, where it lies there."""
    network = given.get("network")
    if not isinstance(network, dict) or not isinstance(network.get("model"), str | dict):
        return given  # what is wrong with it is said later
    model = Choice.parse(network["model"])
    own = split_name(model.name)
    if not own or not (folder / own[0]).is_file():
        return given
    there = replace(model, name=f"{(folder / own[0]).resolve()}:{own[1]}")
    return {**given, "network": {**network, "model": there.as_toml()}}


def _text(recipe: Traversable) -> str:
    """TOML is UTF-8, whatever this machine's own encoding is."""
    return recipe.read_text(encoding="utf-8")


def from_dict(settings: Settings, given: Mapping[str, Any], where: str = "recipe") -> Settings:
    """The settings with nested values put in.

    Raises:
        SettingError: for an unknown field or a value of another type.
    """
    hints = typing.get_type_hints(type(settings))
    changes: dict[str, Any] = {}
    for name, value in given.items():
        if name not in hints:
            raise UnknownNameError(f"setting (in {where})", name, hints)
        before = getattr(settings, name)
        if is_dataclass(before) and not isinstance(before, Choice):
            changes[name] = from_dict(before, _table(value, name, where), f"{where}: {name}")
        else:
            changes[name] = _converted(value, hints[name], f"{where}: {name}")
    return replace(settings, **changes)  # type: ignore[type-var]


def _table(value: object, name: str, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SettingError(f"{where}: {name} is a table of settings, not {value!r}")
    return value


def _converted(value: Any, hint: Any, where: str) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Choice:
        return Choice.parse(value)
    if origin in (typing.Union, types.UnionType):
        return None if value is None else _converted(value, inner[0], where)
    if origin is typing.Literal:
        return _checked(value, value in inner, where, f"one of {', '.join(map(str, inner))}")
    if origin is tuple:
        listed = _checked(value, isinstance(value, list | tuple), where, "a list")
        return tuple(_converted(v, inner[0], where) for v in listed)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is Path:
        return Path(value)
    right = isinstance(value, hint) and not (hint is int and isinstance(value, bool))
    return _checked(value, right, where, hint.__name__)


def _checked(value: Any, is_right: bool, where: str, wanted: str) -> Any:
    if not is_right:
        raise SettingError(f"{where} is {value!r}; it must be {wanted}")
    return value


def to_dict(settings: object) -> dict[str, Any]:
    """The settings as nested plain values, ready for JSON or TOML (None left out)."""
    out: dict[str, Any] = {}
    for item in fields(settings):  # type: ignore[arg-type]
        value = getattr(settings, item.name)
        if isinstance(value, Choice):
            out[item.name] = value.as_toml()
        elif is_dataclass(value):
            out[item.name] = to_dict(value)
        elif value is not None:
            plain = list(value) if isinstance(value, tuple) else value
            out[item.name] = str(plain) if isinstance(plain, Path) else plain
    return out


def to_toml(settings: object, title: str) -> str:
    """The settings as a recipe, its first line the title."""
    return f"# {title}\n\n{tomli_w.dumps(to_dict(settings))}"
