"""`buffycoat import`: from files on disk to a sample table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from buffycoat.curation.duplicates import mark_conflicts
from buffycoat.curation.groups import derive_groups
from buffycoat.errors import InputError
from buffycoat.images.measure import measure_images
from buffycoat.pipeline.console import progress, say
from buffycoat.pipeline.given import several
from buffycoat.pipeline.summary import say_samples
from buffycoat.sources.detect import SourceSettings, import_sources
from buffycoat.tables.samples import SampleTable, check_samples, write_samples

__all__ = ["import_samples"]


def import_samples(
    sources: tuple[Path, ...],
    /,
    *,
    out: Path | None = None,
    settings: SourceSettings | None = None,
) -> SampleTable:
    """Import labelled cell images from folders, CSV lists, npz files or Pascal VOC boxes.

    Every image is read once; what cannot be read stays in the table with a reason.

    Args:
        sources: A folder, a CSV list, an .npz file or a Pascal VOC folder; several are merged.
        out: The sample table to write (Parquet, or CSV); nothing is written without it.
        settings: What is known of labels and origins.

    Raises:
        InputError: when nothing usable is found.
        DiskError: when the table cannot be written.
    """
    sources = several(sources)
    table = import_sources(sources, settings or SourceSettings())
    with progress("reading images", len(table.frame)) as moved:
        n = len(table.frame)
        frame = measure_images(table.root, table.frame, on_progress=lambda done: moved(done, n))
    table = derive_groups(mark_conflicts(replace(table, frame=frame)))
    table = check_samples(_with_import_step(table, sources))
    _refuse_nothing(table)
    say_samples(table)
    if out:
        write_samples(table, out)
        say(f"sample table: {out}")
    return table


def _with_import_step(table: SampleTable, sources: tuple[Path, ...]) -> SampleTable:
    names = [Path(source).name for source in sources]
    return table.stepped("import", table.frame, sources=names, n_images=len(table.frame))


def _refuse_nothing(table: SampleTable) -> None:
    if len(table.usable):
        return
    reasons = table.frame["excluded_because"].drop_nulls().value_counts(sort=True)
    first = reasons["excluded_because"][0] if len(reasons) else "no row has a label"
    raise InputError(f"none of the {len(table.frame)} images can be used; most often: {first}")
