"""Images and labels in an .npz file, as competitions and MedMNIST publish them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from buffycoat.errors import BuffycoatWarning, InputError
from buffycoat.sources.listing import NO_LABEL, list_samples, with_classes
from buffycoat.sources.npz_arrays import array_names, count_images, read_values, refuse_damaged
from buffycoat.sources.npz_names import find_names
from buffycoat.sources.splits import published_split_note, split_of
from buffycoat.tables.samples import SampleTable

__all__ = ["read_npz"]


@dataclass(frozen=True)
class _Part:
    """One array of images with its labels."""

    images: str
    split: str | None
    n_images: int
    labels: Sequence[int | str | None]


def read_npz(path: Path, *, names: Sequence[str] = (), min_classes: int = 2) -> SampleTable:
    """The images of an .npz: `images` and `labels`, or `train_images`, `train_labels`, and so on.

    Labels have shape (N,) or (N, 1), whole numbers or texts. The names of numbered classes are in
    an array `class_names`, or are given; else the numbers are the names. The
    images are not decoded.

    Args:
        path: The .npz file.
        names: Class names by number.
        min_classes: Fewer classes are refused; with 0 no labels are needed.

    Raises:
        InputError: for other arrays, shapes or types, pickled objects, or lengths that differ.
    """
    path = Path(path).resolve()
    parts = _parts(path, needs_labels=min_classes > 0)
    refuse_damaged(path)
    ids = {label for part in parts for label in part.labels if isinstance(label, int)}
    chosen, notes = find_names(path, names, ids)
    _refuse_unnamed(path, parts, chosen)
    words = [part.images for part in parts if part.split]
    if words and min_classes:
        notes.append(published_split_note(path.name, words))
        warnings.warn(notes[-1], BuffycoatWarning, stacklevel=2)
    listed = list_samples(
        _columns(path, parts, chosen),
        root=path.parent,
        origin=path,
        classes=chosen,
        notes=notes,
        min_classes=min_classes,
    )
    numbers = {_named(number, chosen): number for number in sorted(ids)}
    return with_classes(replace(listed, class_ids=numbers))


def _parts(path: Path, *, needs_labels: bool) -> list[_Part]:
    arrays = array_names(path)
    images = [name for name in arrays if name == "images" or split_of(_prefix(name))]
    images = [name for name in images if name.endswith("images")]
    if not images:
        has = ", ".join(map(repr, arrays[:8])) or "no array"
        said = f"it has {has}; it needs 'images' and 'labels', or 'train_images', 'train_labels'"
        raise InputError(f"{path} holds no images that are known by name: {said}")
    return [_part(path, name, arrays, needs_labels) for name in images]


def _prefix(name: str) -> str:
    return name.removesuffix("images").rstrip("_")


def _part(path: Path, images: str, arrays: Sequence[str], needs_labels: bool) -> _Part:
    n_images = count_images(path, images)
    labels = images.removesuffix("images") + "labels"
    if labels not in arrays:
        if needs_labels:
            said = f"add an array {labels!r} with the class of each image"
            raise InputError(f"{path} has {images!r} but no {labels!r}: {said}")
        return _Part(images, split_of(_prefix(images)), n_images, [None] * n_images)
    values = read_values(path, labels)
    if len(values) != n_images:
        said = f"{n_images} images in {images!r} but {len(values)} labels in {labels!r}"
        raise InputError(f"{path} holds {said}: every image needs one")
    return _Part(images, split_of(_prefix(images)), n_images, values)


def _columns(
    path: Path, parts: Sequence[_Part], names: Sequence[str]
) -> dict[str, list[str | int | None]]:
    rows = [(part, item) for part in parts for item in range(part.n_images)]
    given = [label for part in parts for label in part.labels]
    labels = [None if label is None else _named(label, names) for label in given]
    return {
        "sample_id": [f"{path.name}/{part.images}#{item}" for part, item in rows],
        "path": [f"{path.name}/{part.images}" for part, _ in rows],
        "item": [item for _, item in rows],
        "label": [label or None for label in labels],
        "label_given": [None if label is None else str(label) for label in given],
        "split": [part.split for part, _ in rows],
        "excluded_because": [None if label or label is None else NO_LABEL for label in labels],
    }


def _named(label: int | str, names: Sequence[str]) -> str:
    if isinstance(label, str):
        return label.strip()
    return names[label] if names else str(label)


def _refuse_unnamed(path: Path, parts: Sequence[_Part], names: Sequence[str]) -> None:
    end = len(names) or float("inf")
    for part in parts:
        for item, label in enumerate(part.labels):
            if isinstance(label, int) and not 0 <= label < end:
                named = f"there are names for 0 to {end - 1}" if names else "numbers begin at 0"
                said = f"the label of row {item} of {part.images!r} is {label}, but {named}"
                raise InputError(f"{path}: {said}")
