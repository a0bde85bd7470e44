"""The methods that a comparison is given: `PATH`, `PATH,PATH` or `NAME=PATH,PATH`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from buffycoat.errors import InputError
from buffycoat.pipeline.material import Material, is_there, read_material

__all__ = ["Given", "read_contenders"]

_SHOWN = 3


@dataclass(frozen=True)
class Given:
    """One method as it was given, and what was read."""

    name: str
    is_named: bool
    """Whether the user gave the name."""
    paths: tuple[Path, ...]
    materials: tuple[Material, ...]
    """Of each path: the replicates."""


def read_contenders(given: Sequence[str], samples: Path | None) -> list[Given]:
    """The methods in their order, each under a name of its own.

    Args:
        given: One text for each method.
        samples: A sample table, for what prediction tables lack.

    Raises:
        InputError: when there are fewer than two, one is given twice, or a path leads nowhere.
    """
    if len(given) < 2:
        said = "a comparison needs two or more runs or prediction tables"
        raise InputError(f"{said}: buffycoat compare RUN RUN; replicates of one are RUN,RUN")
    parsed = [_parsed(str(text)) for text in given]
    _check_once([path for _, paths in parsed for path in paths])
    materials = [tuple(read_material(path, samples) for path in paths) for _, paths in parsed]
    _check_seals(parsed, materials)
    names = _names(parsed, materials)
    return [
        Given(name, bool(own), paths, read)
        for name, (own, paths), read in zip(names, parsed, materials, strict=True)
    ]


def _parsed(text: str) -> tuple[str, tuple[Path, ...]]:
    """Name (or nothing) and paths; a path that exists may hold = and commas itself."""
    if is_there(Path(text)):
        return "", (Path(text),)
    name, is_named, rest = text.partition("=")
    if not is_named or is_there(Path(text.split(",")[0])):
        name, rest = "", text
    paths = [rest] if is_there(Path(rest)) else rest.split(",")
    if "" in paths or (is_named and rest != text and not name.strip()):
        said = "give PATH, or PATH,PATH for replicates, or NAME=PATH,PATH"
        raise InputError(f"{text!r} is no method to compare: {said}")
    return name.strip(), tuple(Path(path) for path in paths)


def _check_once(paths: Sequence[Path]) -> None:
    places = Counter(path.resolve() for path in paths)
    for path in paths:
        if places[path.resolve()] > 1:
            raise InputError(f"{path} is given twice: a comparison is of different answers")


def _check_seals(
    parsed: Sequence[tuple[str, tuple[Path, ...]]], materials: Sequence[Sequence[Material]]
) -> None:
    """Refuse copies: a finished run has one seal wherever its folder lies."""
    seen: dict[str, Path] = {}
    for (_, paths), read in zip(parsed, materials, strict=True):
        for path, material in zip(paths, read, strict=True):
            seal = str(material.run.facts.get("seal", "")) if material.run else ""
            if seal and seal in seen:
                said = "a comparison is of different answers"
                raise InputError(f"{path} is a copy of the run {seen[seal]}: {said}")
            seen[seal] = path


def _names(
    parsed: Sequence[tuple[str, tuple[Path, ...]]], materials: Sequence[Sequence[Material]]
) -> list[str]:
    """The given names; else run ids, or paths where two would be called the same."""
    ids = [own or _listed(_ids(read)) for (own, _), read in zip(parsed, materials, strict=True)]
    return [
        name if own or ids.count(name) == 1 else _listed([str(path) for path in paths])
        for name, (own, paths) in zip(ids, parsed, strict=True)
    ]


def _ids(materials: Sequence[Material]) -> list[str]:
    frames = [material.predictions.frame for material in materials]
    return [str(frame["run_id"][0]) if len(frame) else "no rows" for frame in frames]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
