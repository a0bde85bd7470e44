"""What `colour_transfer` must be told to bring images to the colours of a set."""

from __future__ import annotations

import polars as pl

from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.loading import Loaded
from buffycoat.images.standards.lab import LabColours, pool_lab, read_lab
from buffycoat.images.stream import map_images
from buffycoat.pipeline.console import say
from buffycoat.tables.samples import SampleTable

__all__ = ["say_colours"]

_MOST_IMAGES = 500  # of a set: its means do not move any more
_MOST_SETS = 12  # that are told of


def _measured(samples: SampleTable, frame: pl.DataFrame) -> LabColours | None:
    """The Lab colours of some rows as a network sees them, each in its box and at 96 px.

    None where none of them can be read. At most 500 are, evenly from the rows sorted by name.
    """
    rows = frame.sort("sample_id").gather_every(-(-len(frame) // _MOST_IMAGES) or 1)
    seen = ImageSettings()

    def work(loaded: Loaded) -> LabColours | None:
        if isinstance(loaded.image, Exception):
            return None
        return read_lab(fit_image(loaded.image, seen))

    found = [colours for _, colours in map_images(work, samples.root, rows) if colours]
    return pool_lab(found) if found else None


def _step(colours: LabColours) -> str:
    """The step of a policy that brings images to these colours, as a recipe or a flag has it."""
    mean, spread = (", ".join(f"{v:.1f}" for v in c) for c in (colours.mean, colours.spread))
    return f'{{name = "colour_transfer", mean = [{mean}], spread = [{spread}]}}'


def say_colours(samples: SampleTable, by: str) -> None:
    """Print what brings other images to the colours of each set; nothing where they are many."""
    parts = samples.frame.filter(pl.col("excluded_because").is_null()).partition_by(
        by, maintain_order=True
    )
    if len(parts) > _MOST_SETS:
        return
    said = []
    for part in parts:
        colours = _measured(samples, part)
        name = "" if part[by][0] is None else f"{part[by][0]}: "
        said += [f"  {name}{_step(colours)}"] if colours else []
    if said:
        what = "to bring images to these colours in training, as a step of a policy:"
        say("\n".join([what, *said]))
