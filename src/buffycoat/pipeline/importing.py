"""`buffycoat import`: from files on disk to a sample table."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

from buffycoat.curation.duplicates import mark_conflicts
from buffycoat.curation.groups import derive_groups
from buffycoat.errors import BuffycoatWarning, InputError
from buffycoat.images.measure import measure_images
from buffycoat.pipeline.console import progress, say
from buffycoat.pipeline.given import several
from buffycoat.pipeline.standardising import with_standards
from buffycoat.pipeline.summary import first_left_out, say_samples
from buffycoat.sources.detect import SourceSettings, import_sources
from buffycoat.tables.files import check_table_place
from buffycoat.tables.samples import SampleTable, check_samples, write_samples

__all__ = ["import_samples"]


def import_samples(
    sources: tuple[Path, ...],
    /,
    *,
    out: Path | None = None,
    settings: SourceSettings | None = None,
    standardise: bool = False,
) -> SampleTable:
    """Import labelled cell images from folders, CSV lists, npz files or Pascal VOC boxes.

    Every image is read once; what cannot be read stays in the table with a reason.

    Args:
        sources: A folder, a CSV list, an .npz file or a Pascal VOC folder; several are merged.
        out: The sample table to write (Parquet, or CSV); nothing is written without it.
        settings: What is known of labels and origins.
        standardise: Estimate scale, white and stain of each source's smears too, as the command
            `standardise` does.

    Raises:
        InputError: when nothing usable is found.
        SettingError: when the table's name ends in neither .csv nor .parquet.
        DiskError: when the table cannot be written.
    """
    sources = several(sources)
    if out:
        check_table_place(out)
    table = import_sources(sources, settings or SourceSettings())
    with progress("reading images", len(table.frame)) as moved:
        n = len(table.frame)
        frame = measure_images(table.root, table.frame, on_progress=lambda done: moved(done, n))
    table = derive_groups(mark_conflicts(replace(table, frame=frame)))
    table = check_samples(_with_import_step(table, sources))
    table = _check_classes(table, sources)
    say_samples(table)
    table = with_standards(table) if standardise else table
    if out:
        write_samples(table, out)
        say(f"sample table: {out}")
    return table


def _with_import_step(table: SampleTable, sources: tuple[Path, ...]) -> SampleTable:
    names = [Path(source).name for source in sources]
    return table.stepped("import", table.frame, sources=names, n_images=len(table.frame))


def _check_classes(table: SampleTable, sources: tuple[Path, ...]) -> SampleTable:
    """The table with a note on each class of which no image can be used.

    Raises:
        InputError: when fewer than two classes remain, with the first image that was left out.
    """
    present = set(table.usable["label"])
    empty = [name for name in table.classes if name not in present]
    if len(present) < 2:
        where, n = ", ".join(map(str, sources)), len(table.usable)
        has = f"one class only, {min(present)!r} ({n} images)" if present else "no usable image"
        said = f"{has}; {first_left_out(table)}"
        raise InputError(f"{where}: {said}; a classifier needs images of two classes or more")
    notes = [f"no image of class {name!r} can be used" for name in empty]
    for note in notes:
        warnings.warn(note, BuffycoatWarning, stacklevel=3)
    return replace(table, notes=(*table.notes, *notes))
