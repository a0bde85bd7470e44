"""An architecture as a JSON file that says which space it is of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from buffycoat.errors import SettingError, SpaceError
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.tables.files import replacing

__all__ = ["FORMAT", "Choices", "read_choices", "write_choices"]

FORMAT = 1
_AGAIN = "search again, or export it with the Buffycoat that wrote it"


@dataclass(frozen=True)
class Choices:
    """What a file of choices holds."""

    space: str
    """Name of the space."""
    digest: str
    """SHA-256 of the space; another one has other choices, images or classes."""
    n_classes: int
    image_px: tuple[int, int]
    architecture: Architecture
    """The active choices."""
    found: Mapping[str, Any] = field(default_factory=dict)
    """How it was found: plain values."""


def write_choices(
    space: Space,
    architecture: Mapping[str, Any],
    path: Path,
    *,
    found: Mapping[str, Any] | None = None,
) -> Path:
    """Write the active choices of an architecture with the name and digest of its space.

    Args:
        space: Its space.
        architecture: Every active choice, and maybe inactive ones.
        path: The JSON file.
        found: How it was found, such as strategy, score and seed: values that JSON has.

    Raises:
        SpaceError: when the architecture is not of this space.
        DiskError: when the file cannot be written.
    """
    content = {
        "format": FORMAT,
        "space": space.name,
        "digest": space.digest,
        "n_classes": space.n_classes,
        "image_px": list(space.image_px),
        "architecture": space.active(architecture),
        "found": dict(found or {}),
    }
    with replacing(Path(path)) as beside:
        beside.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return Path(path)


def read_choices(path: Path, space: Space | None = None) -> Choices:
    """The choices that `write_choices` wrote.

    Args:
        path: The JSON file.
        space: The space that they are wanted for; it must be the same one.

    Raises:
        SettingError: when the file is missing, is no such file, or is of another format.
        SpaceError: when it is of another space.
    """
    content = _content(Path(path))
    given = content.get("format")
    if type(given) is not int or given != FORMAT:
        age = "an older" if type(given) is int and given < FORMAT else "another"
        said = f"{path} is of {age} format, {given!r}, and this Buffycoat reads format {FORMAT}"
        raise SettingError(f"{said}: {_AGAIN}")
    try:
        height, width = content["image_px"]
        choices = Choices(
            str(content["space"]),
            str(content["digest"]),
            int(content["n_classes"]),
            (int(height), int(width)),
            dict(content["architecture"]),
            dict(content["found"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SettingError(f"{path} is damaged, {error!r}: {_AGAIN}") from error
    return choices if space is None else _of_space(choices, space, path)


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingError(f"there is no file of choices {path}") from error
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingError(f"{path} is no JSON: {error}") from error
    if not isinstance(content, dict) or "architecture" not in content:
        raise SettingError(f"{path} holds no choices of a search")
    return content


def _of_space(choices: Choices, space: Space, path: Path) -> Choices:
    if choices.digest != space.digest:
        wanted = _said(space.name, space.n_classes, space.image_px)
        given = _said(choices.space, choices.n_classes, choices.image_px)
        hint = "its choices have changed since" if wanted == given else f"here it is {wanted}"
        raise SpaceError(f"{path} is of another space, {given}: {hint}")
    try:
        space.active(choices.architecture)
    except SpaceError as error:
        raise SpaceError(f"{path}: {error}") from error
    return choices


def _said(name: str, n_classes: int, image_px: tuple[int, int]) -> str:
    return f"{name} of {n_classes} classes and {image_px[0]} x {image_px[1]} px"
