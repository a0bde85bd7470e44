"""A folder per class, with or without splits above the classes; other layouts are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from buffycoat.errors import InputError
from buffycoat.sources.contents import Contents, annotations_in, counted, look_into
from buffycoat.sources.splits import split_of

__all__ = ["ClassFolder", "find_classes"]

_LAYOUT = "a folder per class with its images directly in it"


@dataclass(frozen=True)
class ClassFolder:
    """The folder of one class, in one split where there are splits."""

    contents: Contents
    """What lies in it; its name is the label."""
    split: str | None = None
    """The split that the folder above it means."""
    split_word: str | None = None
    """The name of the folder above it."""


def find_classes(root: Path) -> tuple[list[ClassFolder], list[str]]:
    """The class folders of a folder, and notes about what was left out.

    Raises:
        InputError: for any other layout, with what was found where and what to do.
    """
    top = look_into(root)
    _refuse_loose_images(top)
    splits = [folder for folder in top.folders if split_of(folder.name)]
    aside = _beside_splits(top, splits) if splits else []
    bases = [look_into(folder) for folder in splits]
    found = _class_folders(bases) if splits else [_class_folder(f) for f in top.folders]
    _refuse_without_classes(root, found)
    notes = [f"{folder} lies beside the splits and was not read" for folder in aside]
    seen = [top, *bases, *(folder.contents for folder in found)]
    return found, [*notes, *_left_out(seen, found)]


def _class_folders(bases: Sequence[Contents]) -> list[ClassFolder]:
    found = []
    for base in bases:
        _refuse_loose_images(base)
        word = base.path.name
        found += [_class_folder(folder, split_of(word), word) for folder in base.folders]
    return found


def _class_folder(
    folder: Path, split: str | None = None, split_word: str | None = None
) -> ClassFolder:
    contents = look_into(folder)
    if contents.folders:
        _refuse_nested(contents)
    return ClassFolder(contents, split, split_word)


def _refuse_loose_images(top: Contents) -> None:
    if top.folders and top.images:
        found = f"{counted(top.images, 'image')} beside {counted(top.folders, 'folder')}"
        raise InputError(f"{top.path} is mixed: {found}; use {_LAYOUT}, and no image beside them")
    if top.folders:
        return
    if not top.images:
        found = f"but {counted(top.others, 'other file')}" if top.others else "and nothing else"
        raise InputError(f"{top.path} holds no image, {found}; it needs {_LAYOUT}")
    if annotations_in(top.path.parent):
        said = f"their annotations lie beside them: give {top.path.parent}, so that each box is cut"
        raise InputError(
            f"{top.path} holds whole fields, and a field has no label of its own; {said}"
        )
    ways = f"use {_LAYOUT}, a CSV with path,label, or --label-from with a pattern over the name"
    raise InputError(f"{top.path} holds {counted(top.images, 'image')} and no folder: {ways}")


def _beside_splits(top: Contents, splits: Sequence[Path]) -> list[Path]:
    """Folders like TEST_SIMPLE or train-old, which are not read."""
    for split, n in Counter(split_of(folder.name) for folder in splits).items():
        if n > 1:
            named = counted([f for f in splits if split_of(f.name) == split], "folder")
            raise InputError(f"{top.path} holds {named} for {split}: keep one of them")
    rest = [folder for folder in top.folders if folder not in splits]
    classes = [f for f in rest if not split_of(f.name.replace("-", "_").split("_")[0])]
    if classes:
        found = f"{counted(classes, 'folder')} beside {counted(splits, 'split')}"
        raise InputError(f"{top.path} is mixed: {found}; put every class inside the splits")
    return rest


def _refuse_nested(contents: Contents) -> None:
    path = contents.path
    if any(split_of(folder.name) for folder in contents.folders):
        said = "splits go above the classes: train/CLASS/image, not CLASS/train/image"
    elif contents.images:
        lie = "lies" if len(contents.images) == 1 else "lie"
        said = f"{counted(contents.images, 'image')} {lie} beside them; use {_LAYOUT}"
    else:
        said = f"use {_LAYOUT}; if those are the classes, give {path}"
    raise InputError(f"{path} is nested: it holds {counted(contents.folders, 'folder')}; {said}")


def _refuse_without_classes(root: Path, found: Sequence[ClassFolder]) -> None:
    folders = [folder.contents.path for folder in found]
    if not any(folder.contents.images for folder in found):
        inside = f"{counted(folders, 'folder')} without any image" if folders else "no class folder"
        raise InputError(f"{root} holds {inside}; it needs {_LAYOUT}")
    if annotations_in(root):
        said = "that is Pascal VOC, which `buffycoat import` and `read_voc` read"
        raise InputError(f"{root} holds a folder of annotations: {said}")
    if len(found) == 1 and folders[0].name.casefold() in {"images", "jpegimages"}:
        said = (
            "if they are whole fields with many cells, a field has no label of its own: put the "
            "boxes of the cells (Pascal VOC) into annotations/ beside it, or crop the cells"
        )
        raise InputError(f"{folders[0]} holds images of no class; use {_LAYOUT}; {said}")


def _left_out(seen: Iterable[Contents], found: Iterable[ClassFolder]) -> list[str]:
    others = [path for contents in seen for path in contents.others]
    what = "is no image was" if len(others) == 1 else "are no images were"
    notes = [f"{counted(others, 'file')} that {what} left out"] if others else []
    empty = [folder.contents.path for folder in found if not folder.contents.images]
    return [*notes, *(f"the class folder {path} has no image" for path in empty)]
