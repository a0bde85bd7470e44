"""The samples that the page shows as pictures: examples, mistakes and confused pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import polars as pl

from buffycoat.report.numbers import percent
from buffycoat.report.thumbnails import Picture, Pictures, example_ids, take_pictures
from buffycoat.tables.samples import SampleTable

if TYPE_CHECKING:
    from buffycoat.evaluation.evaluate import Evaluation
    from buffycoat.evaluation.figures import ConfusedPair, Mistake

__all__ = ["Gallery", "PairTiles", "Tile", "make_gallery"]

_MAX_MISTAKES = 40
_MAX_PAIRS, _MAX_OF_A_PAIR = 6, 8
_MAX_EXAMPLES = 40


@dataclass(frozen=True)
class Tile:
    """One sample as a picture with what is said below it."""

    label: str
    predicted: str
    probability: str
    """Empty where the table holds no probabilities."""
    picture: Picture | None
    """None where the page has no pictures."""
    name: str
    """The file's own name; empty where paths are left out."""
    path: str


@dataclass(frozen=True)
class PairTiles:
    """The samples of one class that were taken for another."""

    label: str
    predicted: str
    n_images: int
    n_groups: int
    share: str
    """Of all images with this label."""
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Gallery:
    """All pictures of the page."""

    examples: Mapping[str, Picture]
    """An image of each class."""
    mistakes: tuple[Tile, ...]
    pairs: tuple[PairTiles, ...]
    has_pictures: bool


def make_gallery(
    evaluation: Evaluation,
    samples: SampleTable | None,
    root: Path | None,
    *,
    anonymise: bool = False,
) -> Gallery:
    """The pictures of an evaluation; a sample that cannot be read shows its reason.

    Args:
        evaluation: The figures.
        samples: Where the images lie; without it they are looked for by the paths of the
            mistakes, if a root is given.
        root: The folder of the images.
        anonymise: Leave names and paths out.
    """
    mistakes = evaluation.mistakes[:_MAX_MISTAKES]
    pairs = evaluation.confused_pairs[:_MAX_PAIRS]
    shown = [m.sample_id for m in mistakes]
    shown += [name for pair in pairs for name in pair.sample_ids[:_MAX_OF_A_PAIR]]
    examples = example_ids(evaluation, samples, _MAX_EXAMPLES) if samples else {}
    table = samples or _table_of_mistakes(evaluation, root)
    pictures = take_pictures([*shown, *examples.values()], table, root) if table else None
    known = {m.sample_id: _tile(m, pictures, anonymise) for m in evaluation.mistakes}
    return Gallery(
        {label: pictures[name] for label, name in examples.items()} if pictures else {},
        tuple(known[m.sample_id] for m in mistakes),
        tuple(_pair(evaluation, pair, known) for pair in pairs),
        pictures is not None,
    )


def _table_of_mistakes(evaluation: Evaluation, root: Path | None) -> SampleTable | None:
    if root is None:
        return None
    rows = [{"sample_id": m.sample_id, "path": m.path or ""} for m in evaluation.mistakes]
    frame = pl.DataFrame(rows, schema={"sample_id": pl.String, "path": pl.String})
    return SampleTable(frame, root, evaluation.classes)


def _tile(mistake: Mistake, pictures: Pictures | None, anonymise: bool) -> Tile:
    path = "" if anonymise else mistake.path or mistake.sample_id
    return Tile(
        mistake.label,
        mistake.predicted,
        "" if mistake.probability is None else percent(mistake.probability),
        None if pictures is None else pictures.get(mistake.sample_id),
        PurePosixPath(path.replace("\\", "/")).name,
        path,
    )


def _pair(evaluation: Evaluation, pair: ConfusedPair, known: Mapping[str, Tile]) -> PairTiles:
    n = sum(evaluation.confusion[evaluation.classes.index(pair.label)])
    tiles = [known[name] for name in pair.sample_ids[:_MAX_OF_A_PAIR] if name in known]
    share = percent(pair.n_images / n if n else None)
    return PairTiles(pair.label, pair.predicted, pair.n_images, pair.n_groups, share, tuple(tiles))
