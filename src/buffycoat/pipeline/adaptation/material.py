"""What an adaptation is given: a run, and the images of another laboratory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
import polars as pl

from buffycoat.errors import InputError, SettingError, UnknownNameError
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.loading import Loaded
from buffycoat.images.standards.columns import row_smears
from buffycoat.images.stream import map_images
from buffycoat.pipeline.adaptation.learned import new_rows
from buffycoat.pipeline.console import say
from buffycoat.sources.detect import read_unlabelled
from buffycoat.sources.names import standard_name
from buffycoat.tables.samples import SampleTable, read_samples

__all__ = ["Images", "check_classes", "draw_labelled", "fitted_pixels", "read_images"]

_MOST_IMAGES = 4096  # that a network is adapted by: what they tell does not change any more


@dataclass(frozen=True)
class Images:
    """The images of a laboratory."""

    samples: SampleTable
    """All of them; labels that the run does not answer are taken away."""
    learned: pl.DataFrame
    """The labelled rows that the adaptation may use."""
    held_out: pl.DataFrame
    """The labelled rows that show what it gains: new to the run, and of other groups."""


def read_images(
    images: Sequence[str],
    classes: Sequence[str],
    labelled: int,
    seed: int,
    before: pl.DataFrame,
) -> Images:
    """The images, and `labelled` of each class to learn from.

    Args:
        images: A sample table; or folders, patterns or lists.
        classes: What may be answered.
        labelled: Images of each class, drawn by seed; 0 uses no label.
        seed: Of the draw.
        before: `pixels_sha256` of what the run has learned from already.

    Raises:
        InputError: when there is no image, or too few labelled ones.
    """
    is_table = len(images) == 1 and Path(images[0]).suffix.lower() == ".parquet"
    samples = read_samples(Path(images[0])) if is_table else read_unlabelled(images)
    own_reasons = pl.col("excluded_because").is_null()
    kept = samples.frame.filter(own_reasons) if is_table else samples.frame
    if not len(kept):
        raise InputError(f"there is no image in {', '.join(map(str, images))}")
    _say_folders(kept, classes)
    label = pl.when(pl.col("label").is_in(list(classes))).then("label")
    samples = replace(samples, frame=kept.with_columns(label.alias("label")))
    there = samples.frame.filter(pl.col("label").is_not_null())
    learned = draw_labelled(there, classes, labelled, seed) if labelled else there.clear()
    held_out = new_rows(there, pl.concat(f.select("pixels_sha256") for f in (before, learned)))
    # Listed images have no hashes.
    held_out = held_out.join(learned.select("group").drop_nulls(), on="group", how="anti")
    held_out = held_out.join(learned, on="sample_id", how="anti")
    return Images(samples, learned, held_out)


def _say_folders(frame: pl.DataFrame, classes: Sequence[str]) -> None:
    """Say that labels count in a table alone where images without any lie in folders of classes."""
    if frame["label"].count():
        return
    folders = {PurePosixPath(path).parent.name for path in frame["path"].unique()}
    if len(set(classes) & (folders | {standard_name(name) for name in folders})) > 1:
        said = "what a folder is called is no label here, so no gain of a step can be shown"
        say(f"note: {said}: give the table that `buffycoat import` makes of it", "yellow")


def draw_labelled(frame: pl.DataFrame, classes: Sequence[str], n: int, seed: int) -> pl.DataFrame:
    """So many labelled rows of each class, the same for a seed whatever their order.

    Raises:
        InputError: when a class has fewer.
        SettingError: for a negative number.
    """
    if n < 0:
        raise SettingError(f"labelled is {n}: it is images of each class, 0 or more")
    parts = []
    for name in classes:
        own = frame.filter(pl.col("label") == name).sort("sample_id")
        if len(own) < n:
            said = f"class {name!r} has {len(own)} labelled images, {n} are asked for"
            raise InputError(f"{said}: name the classes that occur with --classes")
        parts.append(own.sample(n, seed=seed, shuffle=True))
    return pl.concat(parts)


def check_classes(asked: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The classes that may be answered, in the run's order.

    Raises:
        UnknownNameError: for one that the run does not answer.
        SettingError: for one class alone, which leaves nothing to answer.
    """
    for name in asked:
        if name not in known:
            raise UnknownNameError("class of the run", name, known)
    if len(set(asked)) == 1:
        said = f"--classes is {asked[0]} alone, and every answer would be that"
        raise SettingError(f"{said}: name all types that occur in these images")
    return tuple(name for name in known if not asked or name in asked)


def fitted_pixels(
    samples: SampleTable, frame: pl.DataFrame, settings: ImageSettings
) -> tuple[np.ndarray, pl.DataFrame]:
    """The images of some rows as the network sees them, uint8 (n, h, w, 3), and their rows.

    At most four thousand, evenly from the rows sorted by name; unreadable ones are left out.

    Raises:
        InputError: when none can be read.
    """
    frame = frame.sort("sample_id").gather_every(-(-len(frame) // _MOST_IMAGES) or 1)
    smears = row_smears(frame, settings.standards)

    def work(loaded: Loaded) -> np.ndarray | None:
        if isinstance(loaded.image, Exception):
            return None
        return fit_image(loaded.image, settings, smears[loaded.row])

    found = [image for _, image in map_images(work, samples.root, frame)]
    if not any(image is not None for image in found):
        raise InputError(f"none of the {len(frame)} images can be read in {samples.root}")
    rows = frame.filter(pl.Series([image is not None for image in found]))
    return np.stack([image for image in found if image is not None]), rows
