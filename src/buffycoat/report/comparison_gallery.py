"""The images on which methods part, and those that are wrong for all, as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import polars as pl

from buffycoat.report.numbers import percent
from buffycoat.report.thumbnails import Picture, Pictures, take_pictures

if TYPE_CHECKING:
    from buffycoat.evaluation.comparison import Comparison
    from buffycoat.evaluation.disagreements import Disagreement
    from buffycoat.tables.samples import SampleTable

__all__ = [
    "AnswerLine",
    "ComparisonGallery",
    "ComparisonTile",
    "PartedPair",
    "make_comparison_gallery",
]

_MAX_PAIRS, _MAX_OF_A_PAIR = 8, 6
_MAX_SHARED = 18


@dataclass(frozen=True)
class AnswerLine:
    """What one method says, below a picture."""

    method: str
    predicted: str
    probability: str
    """Empty where the table holds no probabilities."""
    is_right: bool


@dataclass(frozen=True)
class ComparisonTile:
    """One image with its label and every answer."""

    label: str
    answers: tuple[AnswerLine, ...]
    picture: Picture | None
    """None where the page has no pictures."""
    name: str
    """The file's own name; empty where paths are left out."""
    path: str


@dataclass(frozen=True)
class PartedPair:
    """The images of one class that some methods, not all, take for another."""

    label: str
    taken_for: str
    n_images: int
    right: tuple[tuple[str, int], ...]
    """How many of them each method has right, by its name."""
    tiles: tuple[ComparisonTile, ...]


@dataclass(frozen=True)
class ComparisonGallery:
    """All pictures of the page."""

    pairs: tuple[PartedPair, ...]
    """The most frequent first."""
    n_pairs: int
    """How many there are in all."""
    shared: tuple[ComparisonTile, ...]
    has_pictures: bool


def make_comparison_gallery(
    comparison: Comparison, tables: Sequence[SampleTable], *, anonymise: bool = False
) -> ComparisonGallery:
    """The pictures of a comparison, few enough for a small page.

    Args:
        comparison: The figures.
        tables: Where the images lie; without any the page has no pictures.
        anonymise: Leave names and paths out.
    """
    parted: dict[tuple[str, str], list[Disagreement]] = {}
    for image in comparison.disagreements:
        parted.setdefault((image.label, image.taken_for), []).append(image)
    first = sorted(parted.values(), key=lambda images: -len(images))[:_MAX_PAIRS]
    shared = comparison.shared_mistakes[:_MAX_SHARED]
    shown = [image for images in first for image in images[:_MAX_OF_A_PAIR]]
    pictures = _pictures([image.sample_id for image in (*shown, *shared)], tables)
    names = [method.name for method in comparison.methods]
    return ComparisonGallery(
        tuple(_parted(images, names, pictures, anonymise) for images in first),
        len(parted),
        tuple(_tile(image, names, pictures, anonymise) for image in shared),
        pictures is not None,
    )


def _pictures(sample_ids: Sequence[str], tables: Sequence[SampleTable]) -> Pictures | None:
    """Each picture from the first table that knows the image; None without tables."""
    if not tables:
        return None
    found: Pictures = {}
    missing = set(sample_ids)
    for table in tables:
        known = table.frame.filter(pl.col("sample_id").is_in(list(missing)))["sample_id"]
        found |= take_pictures(known.to_list(), table)
        missing -= set(known)
    return found | {name: Picture(problem="not in the sample table") for name in missing}


def _parted(
    images: Sequence[Disagreement],
    names: Sequence[str],
    pictures: Pictures | None,
    anonymise: bool,
) -> PartedPair:
    right = [sum(image.answers[k].is_right for image in images) for k in range(len(names))]
    tiles = [_tile(image, names, pictures, anonymise) for image in images[:_MAX_OF_A_PAIR]]
    label, taken_for = images[0].label, images[0].taken_for
    counts = tuple(zip(names, right, strict=True))
    return PartedPair(label, taken_for, len(images), counts, tuple(tiles))


def _tile(
    image: Disagreement, names: Sequence[str], pictures: Pictures | None, anonymise: bool
) -> ComparisonTile:
    path = "" if anonymise else image.path or image.sample_id
    answers = [
        AnswerLine(
            name,
            answer.predicted,
            "" if answer.probability is None else percent(answer.probability),
            answer.is_right,
        )
        for name, answer in zip(names, image.answers, strict=True)
    ]
    return ComparisonTile(
        image.label,
        tuple(answers),
        None if pictures is None else pictures.get(image.sample_id),
        PurePosixPath(path.replace("\\", "/")).name,
        path,
    )
