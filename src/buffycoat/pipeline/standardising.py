"""`buffycoat standardise`: what the smears of a table tell of their scale, white and stain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from buffycoat.errors import InputError, UnknownNameError
from buffycoat.images.loading import Loaded
from buffycoat.images.standards.columns import COLUMNS, estimate_columns
from buffycoat.images.standards.pooling import Estimate, pool_signs
from buffycoat.images.standards.signs import Signs, read_signs
from buffycoat.images.stream import map_images
from buffycoat.pipeline.colour_targets import say_colours
from buffycoat.pipeline.console import progress, say
from buffycoat.pipeline.given import several
from buffycoat.pipeline.summary import say_frame
from buffycoat.sources.detect import read_unlabelled
from buffycoat.tables.files import check_table_place
from buffycoat.tables.samples import ORIGINS, SampleTable, read_samples, write_samples

__all__ = ["estimate_set", "standardise", "with_standards"]

_MOST_IMAGES = 2000  # of a set: its medians do not move any more
_MOST_SETS = 12  # that are told of one by one
_IMAGE = ["path", "item"]
_TAKES_PART = pl.col("excluded_because").is_null()


def standardise(
    images: tuple[str, ...],
    /,
    *,
    out: Path,
    by: str = "source",
) -> SampleTable:
    """Write what the smears tell of their scale, white and stain into the sample table.

    Red cells are the ruler (7.5 micrometres), the empty film is the white, nuclei and red cells
    are the stain; each estimate stands beside its doubt, for a set of images at once. A cell cut
    from a field is told of by its whole field. Excluded rows tell nothing, and get what their set
    has. A training, or an adapted run, with `standards` brings every image from there to one
    standard, and leaves alone what is doubtful. A column `um_per_px` of yours goes before the
    estimate. The colours of each set are printed too, as the operation `colour_transfer` takes
    them.

    Args:
        images: A sample table; or folders, patterns or lists of images.
        out: The table with the estimates.
        by: The column whose values are sets with one estimate: source, slide, patient, ...; or
            image, for each image by itself.

    Raises:
        InputError: when there is no image that can be read.
        UnknownNameError: when there is no such column.
        SettingError: when the table's name ends in neither .csv nor .parquet.
        DiskError: when the table cannot be written.
    """
    check_table_place(out)
    images = several(images)
    is_table = len(images) == 1 and Path(images[0]).suffix.lower() == ".parquet"
    samples = read_samples(Path(images[0])) if is_table else read_unlabelled(images)
    made = with_standards(samples, by)
    write_samples(made, out)
    say(f"sample table: {out}")
    return made


def with_standards(samples: SampleTable, by: str = "source") -> SampleTable:
    """The table with what its smears tell of their scale, white and stain; the estimates are said.

    Args:
        samples: Images, of any kind.
        by: The column whose values are sets with one estimate, or image.

    Raises:
        UnknownNameError: when there is no such column.
    """
    plain = [name for name, kind in samples.frame.schema.items() if not kind.is_nested()]
    if by not in ("image", *plain):
        raise UnknownNameError("column of sets", by, ["image", "source", *ORIGINS])
    frame = samples.frame.drop(*COLUMNS, strict=False)
    pictures = _pictures(frame, by)
    estimates = _estimates(pictures, _read(samples.root, pictures))
    columns = estimate_columns(estimates)
    told = pictures.select(*_IMAGE).with_columns(columns.values())
    frame = frame.join(told, on=_IMAGE, how="left", nulls_equal=True, maintain_order="left")
    n_images = int(pictures["takes_part"].sum())
    made = samples.stepped("standardise", frame, by=by, n_images=n_images)
    _say(pictures, estimates)
    if by != "image":
        say_colours(samples, by)
    return made


def _signs_of(samples: SampleTable, frame: pl.DataFrame) -> list[Signs]:
    """The signs of some rows' images, or of their fields; two thousand of them at most.

    Excluded rows take no part.
    """
    pictures = _some(frame.filter(_TAKES_PART).select(*_IMAGE).unique().sort(_IMAGE))
    return [signs for signs in _read(samples.root, pictures) if signs is not None]


def estimate_set(samples: SampleTable, frame: pl.DataFrame) -> Estimate:
    """One estimate of some rows of a table.

    Raises:
        InputError: when none of their images can be read.
    """
    signs = _signs_of(samples, frame)
    if not signs:
        raise InputError(f"none of the {len(frame)} images can be read in {samples.root}")
    return pool_signs(signs)


def _pictures(frame: pl.DataFrame, by: str) -> pl.DataFrame:
    """Each whole image once, with the set that it belongs to, and whether it takes part.

    A field does where one of its cells does.
    """
    named = pl.lit("") if by == "image" else _named(by)
    wide = frame.select(*_IMAGE, named.alias("set"), _TAKES_PART.alias("takes_part"))
    wide = wide.with_columns(pl.col("takes_part").any().over(_IMAGE))
    chosen = wide.unique(_IMAGE, keep="first").sort(_IMAGE)
    if by == "image":
        chosen = chosen.with_columns(set=pl.int_range(pl.len()).cast(pl.String))
    return chosen


def _named(by: str) -> pl.Expr:
    return pl.col(by).cast(pl.String).fill_null("")


def _some(pictures: pl.DataFrame) -> pl.DataFrame:
    return pictures.gather_every(-(-len(pictures) // _MOST_IMAGES) or 1)


def _read(root: Path, pictures: pl.DataFrame) -> list[Signs | None]:
    """The signs of each image, None where it cannot be read or is not among those looked at."""
    numbered = pictures.with_row_index("row")
    if "set" in pictures.columns:
        parts = numbered.filter("takes_part").partition_by("set", maintain_order=True)
        numbered = pl.concat([numbered.clear(), *map(_some, parts)]).sort("row")
    found: list[Signs | None] = [None] * len(pictures)

    def work(loaded: Loaded) -> Signs | None:
        return None if isinstance(loaded.image, Exception) else read_signs(loaded.image)

    rows = numbered["row"].to_list()
    with progress("reading smears", len(rows)) as moved:
        for done, (place, signs) in enumerate(map_images(work, root, numbered), start=1):
            found[rows[place]] = signs
            moved(done, len(rows))
    return found


def _estimates(pictures: pl.DataFrame, signs: Sequence[Signs | None]) -> list[Estimate]:
    """The estimate of each image's set; what an image's own signs lack is left unknown."""
    if not any(signs):
        raise InputError("no image can be read that is not excluded: `buffycoat import` says why")
    by_set: dict[str, list[Signs]] = {}
    for name, sign in zip(pictures["set"], signs, strict=True):
        by_set.setdefault(name, []).extend([sign] if sign else [])
    pooled = {name: pool_signs(some) for name, some in by_set.items()}
    return [pooled[name] for name in pictures["set"]]


def _say(pictures: pl.DataFrame, estimates: Sequence[Estimate]) -> None:
    firsts = dict(zip(pictures["set"], estimates, strict=True))
    if len(firsts) > _MOST_SETS:
        known = [e.smear.um_per_px for e in firsts.values() if e.smear.um_per_px]
        say(f"{len(firsts)} sets; {len(known)} with a scale")
        return
    rows = [{"set": name, "images": e.n_images, **_described(e)} for name, e in firsts.items()]
    say_frame(pl.DataFrame(rows), "what the smears tell, each with its relative doubt")


def _described(found: Estimate) -> dict[str, object]:
    def said(name: str) -> str:
        value, doubt = getattr(found.smear, name), getattr(found, f"{name}_doubt")
        if doubt is None:
            return "unknown"
        listed = value if isinstance(value, tuple) else (value,)
        shown = " ".join(f"{v:.0f}" if name == "white" else f"{v:.3g}" for v in listed)
        return f"{shown} ({doubt:.1%})"

    names = ("um_per_px", "white", "nucleus", "red_cell")
    return {"red cells": found.n_red_cells, **{name: said(name) for name in names}}
