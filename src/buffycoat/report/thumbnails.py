"""Small pictures of samples as data URIs; one that cannot be read becomes its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from PIL import Image

from buffycoat.errors import ImageError
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.stream import map_images
from buffycoat.report.jpeg import jpeg_uri

if TYPE_CHECKING:
    from buffycoat.evaluation.evaluate import Evaluation
    from buffycoat.images.loading import Loaded
    from buffycoat.tables.samples import SampleTable

__all__ = ["THUMBNAIL_PX", "Picture", "Pictures", "example_ids", "take_pictures"]

THUMBNAIL_PX = 96
"""Height and width of a picture in the page."""

_QUALITY = 82
_SETTINGS = ImageSettings((THUMBNAIL_PX, THUMBNAIL_PX), "pad")


@dataclass(frozen=True)
class Picture:
    """One sample as the page shows it: a picture, or the reason why there is none."""

    uri: str = ""
    """A JPEG as a data URI; empty where there is none."""
    problem: str = ""
    """Why there is none."""


Pictures = dict[str, Picture]


def take_pictures(
    sample_ids: Iterable[str], samples: SampleTable, root: Path | None = None
) -> Pictures:
    """The pictures of some samples, by `sample_id`; every one that was asked for is there.

    Args:
        sample_ids: Which ones; an image is read once however often it is named.
        samples: Where they lie.
        root: The folder of the images where it is no longer that of the table.
    """
    wanted = sorted(set(sample_ids))
    frame = samples.frame.filter(pl.col("sample_id").is_in(wanted)).sort("path", "sample_id")
    read = map_images(_picture, root or samples.root, frame)
    found = {frame["sample_id"][row]: picture for row, picture in read}
    missing = Picture(problem="not in the sample table")
    return {name: found.get(name, missing) for name in wanted}


def example_ids(evaluation: Evaluation, samples: SampleTable, n_classes: int) -> dict[str, str]:
    """A sample of each of the first classes, of the evaluated split and not a known mistake."""
    mistaken = [mistake.sample_id for mistake in evaluation.mistakes]
    rows = samples.usable.filter(~pl.col("sample_id").is_in(mistaken))
    if evaluation.split in rows["split"].unique():
        rows = rows.filter(pl.col("split") == evaluation.split)
    first = dict(rows.group_by("label").agg(pl.col("sample_id").min()).iter_rows())
    return {name: first[name] for name in evaluation.classes[:n_classes] if name in first}


def _picture(loaded: Loaded) -> Picture:
    if isinstance(loaded.image, ImageError):
        return Picture(problem=str(loaded.image))
    return Picture(jpeg_uri(Image.fromarray(fit_image(loaded.image, _SETTINGS)), _QUALITY))
