"""Sets of cells in which foreign pictures, copies, other stains and empty fields are planted.

An .npz file like that of the competition, whose cleaning was done by hand: cells of 96 x 96 pixels
with labels, and beside them what was planted where, which nobody but the benchmark reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.foreign import DRAWN, cartoon, empty_field, landscape, restained
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.stream import map_images
from buffycoat.tables.samples import SampleTable

PX = 96
_SIZE = ImageSettings((PX, PX))


@dataclass(frozen=True)
class Planted:
    """What lies in an .npz file."""

    file: Path
    kinds: np.ndarray
    """(N,) what each image is: `cell`, or the kind that was planted."""
    pairs: np.ndarray
    """(N,) by row: the row whose exact copy it is; -1 for most."""


def cells_of(
    table: SampleTable, n: int, seed: int, digits: str = "0123456789abcdef"
) -> pl.DataFrame:
    """`n` rows drawn by the seed, without any that stands in the table twice.

    Args:
        table: The sample table.
        n: Rows; all where there are fewer.
        seed: Decides the draw.
        digits: First digits of `pixels_sha256` to draw from: other rows than limits were set on.
    """
    once = ~pl.col("pixels_sha256").is_duplicated() & ~pl.col("file_sha256").is_duplicated()
    first = pl.col("pixels_sha256").str.head(1).is_in(list(digits))
    rows = table.frame.filter(once & first & pl.col("label").is_not_null())
    return rows.sample(min(n, len(rows)), seed=seed, shuffle=True).sort("sample_id")


def competition(table: SampleTable, rows: pl.DataFrame, seed: int, file: Path) -> Planted:
    """1,600 copies of one foreign picture over all classes, 200 of another, 8 cells twice."""
    rng, images = np.random.default_rng(seed), _images(table, rows)
    labels = rows["label"].to_numpy()
    twice = rng.choice(len(images), 8, replace=False)
    foreign = [_small(cartoon(rng))] * 1600 + [_small(landscape(rng))] * 200
    given = rng.permuted(np.resize(np.unique(labels), len(foreign)))
    kinds = ["cell"] * len(images) + ["1,600 of one"] * 1600 + ["200 of one"] * 200 + ["pair"] * 8
    whole = np.concatenate([images, np.stack(foreign), images[twice]])
    return _written(file, whole, [*labels, *given, *labels[twice]], kinds, twice, rng)


def harder(table: SampleTable, rows: pl.DataFrame, seed: int, file: Path) -> Planted:
    """20 foreign pictures once each, 30 cells of another stain, 10 empty fields."""
    rng, images = np.random.default_rng(seed), _images(table, rows)
    labels = rows["label"].to_numpy()
    foreign = [(name, _small(draw(rng))) for name, draw in DRAWN.items() for _ in range(4)]
    stained = rng.choice(len(images), 30, replace=False)
    foreign += [("another stain", restained(images[i], rng)) for i in stained]
    images = np.delete(images, stained, axis=0)
    fields = rng.choice(len(images), 10, replace=False)
    foreign += [("empty field", empty_field(images[i], rng)) for i in fields]
    given = [*np.delete(labels, stained), *rng.choice(np.unique(labels), 20), *labels[stained]]
    given += list(rng.choice(np.unique(labels), 10))
    kinds = ["cell"] * len(images) + [kind for kind, _ in foreign]
    whole = np.concatenate([images, np.stack([image for _, image in foreign])])
    return _written(file, whole, given, kinds, np.empty(0, int), rng)


def _images(table: SampleTable, rows: pl.DataFrame) -> np.ndarray:
    found = map_images(lambda loaded: fit_image(loaded.image, _SIZE), table.root, rows)
    return np.stack([image for _, image in found])


def _small(picture: np.ndarray) -> np.ndarray:
    return fit_image(picture, _SIZE)


def _written(
    file: Path,
    images: np.ndarray,
    labels: list[str],
    kinds: list[str],
    twice: np.ndarray,
    rng: np.random.Generator,
) -> Planted:
    """The file, its rows shuffled; the last rows are copies of the rows `twice`."""
    order = rng.permutation(len(images))
    place = np.argsort(order)
    names, numbers = np.unique(np.array(labels), return_inverse=True)
    np.savez(file, images=images[order], labels=numbers[order], class_names=names)
    pairs = np.full(len(images), -1)
    copies = np.arange(len(images) - len(twice), len(images))
    pairs[place[copies]] = place[twice]
    return Planted(file, np.array(kinds)[order], pairs)
