"""A folder per class, or images without labels."""

from __future__ import annotations

import glob
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from buffycoat.errors import BuffycoatWarning, InputError
from buffycoat.sources.contents import has_image_name
from buffycoat.sources.layout import find_classes
from buffycoat.sources.listing import list_samples
from buffycoat.sources.splits import published_split_note
from buffycoat.tables.samples import SampleTable

__all__ = ["list_images", "read_folder"]


def read_folder(root: Path, *, min_classes: int = 2) -> SampleTable:
    """The images of a folder per class; TRAIN, TEST and the like above them become the split.

    Hidden files and files that are no images are left out, which a note counts. Images are not
    opened.

    Args:
        root: The folder that holds the class folders, or the splits above them.
        min_classes: Fewer classes are refused.

    Raises:
        InputError: for any other layout, or too few classes.
    """
    root = Path(root).resolve()
    found, notes = find_classes(root)
    words = list(dict.fromkeys(folder.split_word for folder in found if folder.split_word))
    if words:
        notes.append(published_split_note(root.name, words))
        warnings.warn(notes[-1], BuffycoatWarning, stacklevel=2)
    rows = [(folder, image) for folder in found for image in folder.contents.images]
    paths = [image.relative_to(root).as_posix() for _, image in rows]
    columns: dict[str, list[str | None]] = {
        "sample_id": [*paths],
        "path": [*paths],
        "label": [folder.contents.path.name for folder, _ in rows],
        "split": [folder.split for folder, _ in rows],
    }
    return list_samples(columns, root=root, origin=root, notes=notes, min_classes=min_classes)


def list_images(paths: Sequence[str | Path]) -> SampleTable:
    """The images in files, folders (and the folders in them) and globs, without labels.

    Each image stands once, in the order given and by name within a folder. A file that is named
    itself is listed whatever its name.

    Raises:
        InputError: when a path does not exist, or there is no image in it.
    """
    files = list(dict.fromkeys(file for path in paths for file in _files_of(str(path))))
    if not files:
        raise InputError("no image was given: name image files, folders or patterns like '*.jpg'")
    root = Path(os.path.commonpath([file.parent for file in files]))
    names = [file.relative_to(root).as_posix() for file in files]
    columns = {"sample_id": names, "path": names}
    return list_samples(columns, root=root, origin=root, min_classes=0)


def _files_of(given: str) -> Iterator[Path]:
    path = Path(given)
    if path.is_dir():
        found = list(_images_below(path))
        if not found:
            raise InputError(f"{path} holds no image, nor do the folders in it")
        yield from found
    elif path.exists():
        yield _absolute(path)
    elif glob.has_magic(given):
        matches = sorted(glob.glob(given, recursive=True))  # noqa: PTH207  (Path.glob wants a root)
        if not matches:
            raise InputError(f"no file matches {given!r}")
        for match in matches:
            yield from _files_of(match)
    else:
        raise InputError(f"{path} does not exist: give an image, a folder or a pattern")


def _images_below(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder, onerror=_refuse_closed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            _absolute(Path(place, name)) for name in sorted(files) if has_image_name(Path(name))
        )


def _refuse_closed(error: OSError) -> None:
    raise InputError(f"{error.filename} cannot be read as a folder: {error.strerror}") from error


def _absolute(path: Path) -> Path:
    """The path from the root of the disk, without `..`; links stay as they are."""
    return Path(os.path.normpath(path.absolute()))
