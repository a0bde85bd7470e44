"""Where a data set lies within the folder that its archive was unpacked to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from buffycoat.errors import InputError
from buffycoat.sources.contents import look_into
from buffycoat.sources.spelling import plain

__all__ = ["find_folder", "holds_classes"]

_DEPTH = 4
"""Archives put their data one to three folders deep."""


def find_folder(root: Path, is_it: Callable[[Path], bool], what: str) -> Path:
    """The first folder that is it: the root, then the folders in it, level by level.

    Args:
        root: Where to begin.
        is_it: Tells whether a folder is the one.
        what: What was looked for, to end the sentence "... holds no ...".

    Raises:
        InputError: when there is none.
    """
    for folder in _folders(Path(root)):
        if is_it(folder):
            return folder
    raise InputError(f"{root} holds no {what}; give the folder that the archive unpacks to")


def _folders(root: Path) -> Iterator[Path]:
    level = [root]
    for _ in range(_DEPTH):
        yield from level
        level = [inner for folder in level for inner in look_into(folder).folders]


def holds_classes(folder: Path, classes: Iterable[str], at_least: int = 2) -> bool:
    """Whether so many folders in a folder are called as classes are, in any case."""
    wanted = {plain(name) for name in classes}
    return sum(plain(inner.name) in wanted for inner in look_into(folder).folders) >= at_least
