"""What lies directly in one folder: folders, images and other files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from buffycoat.errors import InputError
from buffycoat.images.read import IMAGE_SUFFIXES

__all__ = ["Contents", "annotations_in", "counted", "has_image_name", "look_into"]


@dataclass(frozen=True)
class Contents:
    """What lies directly in one folder."""

    path: Path
    """The folder."""
    folders: tuple[Path, ...]
    """Folders that are not hidden."""
    images: tuple[Path, ...]
    """Files whose names end as an image's do."""
    others: tuple[Path, ...]
    """Files that are hidden or no images."""


def look_into(folder: Path) -> Contents:
    """What lies directly in a folder, by name.

    Raises:
        InputError: when it is missing or cannot be read.
    """
    try:
        entries = sorted(folder.iterdir())
    except FileNotFoundError as error:
        raise InputError(f"{folder} does not exist: give a folder of images") from error
    except OSError as error:
        raise InputError(f"{folder} cannot be read as a folder: {error.strerror}") from error
    folders = [entry for entry in entries if entry.is_dir()]
    files = sorted(set(entries) - set(folders))
    return Contents(
        folder,
        tuple(f for f in folders if not f.name.startswith(".") and f.name != "__MACOSX"),
        tuple(f for f in files if has_image_name(f)),
        tuple(f for f in files if not has_image_name(f)),
    )


def has_image_name(path: Path) -> bool:
    """Whether a name ends as an image's does and is not hidden."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def annotations_in(folder: Path) -> Path | None:
    """The folder `annotations`, in any case, that lies in a folder, if there is one."""
    inner = look_into(folder).folders
    return next((entry for entry in inner if entry.name.casefold() == "annotations"), None)


def counted(paths: Sequence[Path], thing: str) -> str:
    """How many there are, and the names of the first three.

    >>> counted([Path("a.txt"), Path("b.txt")], "file")
    "2 files ('a.txt', 'b.txt')"
    """
    named = ", ".join(repr(path.name) for path in paths[:3])
    more = ", ..." if len(paths) > 3 else ""
    return f"{len(paths)} {thing}{'' if len(paths) == 1 else 's'} ({named}{more})"
