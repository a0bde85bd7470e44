"""Names for the numbered classes of an .npz file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from buffycoat.errors import InputError
from buffycoat.sources.npz_arrays import array_names, read_values

__all__ = ["BLOODMNIST_NAMES", "find_names"]

BLOODMNIST_NAMES = (
    "basophil",
    "eosinophil",
    "erythroblast",
    "ig",
    "lymphocyte",
    "monocyte",
    "neutrophil",
    "platelet",
)
"""The classes of BloodMNIST by number; its files hold the numbers alone.

Source: Yang et al., Scientific Data 10 (2023) 41.
"""

_NAME_ARRAYS = ("class_names", "classes", "label_names")


def find_names(
    path: Path, given: Sequence[str], ids: set[int]
) -> tuple[tuple[str, ...], list[str]]:
    """The class names by number, none where nothing tells them, and notes about them.

    Args:
        path: The .npz file, which may have an array of names.
        given: Names that the user gave.
        ids: The numbers that occur.

    Raises:
        InputError: when names are empty or doubled.
    """
    if given:
        return _checked(path, given), []
    array = next((name for name in _NAME_ARRAYS if name in array_names(path)), None)
    if array:
        return _checked(path, list(map(str, read_values(path, array)))), []
    if path.stem.lower().startswith("bloodmnist") and ids == set(range(len(BLOODMNIST_NAMES))):
        said = "its numbers were given the names of BloodMNIST's classes, after the file's name"
        return BLOODMNIST_NAMES, [f"{path.name}: {said}"]
    return (), []


def _checked(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    if len(set(names)) < len(names) or not all(name.strip() for name in names):
        raise InputError(f"{path}: the class names {list(names)} are not all different, or empty")
    return tuple(name.strip() for name in names)
