"""From the columns that a source knows to a sample table with classes, spelling and origins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from buffycoat.errors import InputError
from buffycoat.sources.repeats import exclude_repeats
from buffycoat.sources.spelling import common_spelling
from buffycoat.tables.samples import ORIGINS, SCHEMA, SampleTable, check_samples

__all__ = [
    "GIVEN_GROUP",
    "NO_LABEL",
    "list_samples",
    "refuse_few_classes",
    "sorted_labels",
    "with_classes",
    "with_origins",
]

GIVEN_GROUP = "group_given"
"""The column of groups that a source gave; `group` itself is derived from all origins."""

NO_LABEL = "no label"
"""The reason of rows whose source left the label empty."""


def list_samples(
    columns: Mapping[str, Sequence[Any]],
    *,
    root: Path,
    origin: Path,
    classes: Sequence[str] = (),
    notes: Iterable[str] = (),
    min_classes: int = 2,
    places: Sequence[str] = (),
) -> SampleTable:
    """A sample table of these columns, checked; columns unknown to the schema are texts.

    Args:
        columns: Equally long; `path` and `sample_id` at least, `label` as the source wrote it.
        root: The folder that `path` is relative to.
        origin: The folder or file that was read; the source is called after it.
        classes: The order of the classes, where the source has one.
        notes: Sentences about the data.
        min_classes: Fewer classes with a usable image are refused; 0 where labels do not matter.
        places: Where each row stands in a source that may list an image twice.

    Raises:
        InputError: for too few classes, or a name that is not valid text.
    """
    frame = pl.DataFrame([_series(name, values) for name, values in columns.items()])
    if "label" not in frame.columns:
        frame = frame.with_columns(label=pl.lit(None, pl.String))
    if "label_given" not in frame.columns:
        frame = frame.with_columns(label_given="label")
    spelling, merged = common_spelling(frame["label"])
    frame = frame.with_columns(
        pl.col("label").replace(spelling).replace("", None), source=pl.lit(_source_name(origin))
    )
    table = SampleTable(frame, root, tuple(classes), notes=(*notes, *merged))
    table = check_samples(_declared(table), str(origin))
    if places:
        table = replace(table, frame=exclude_repeats(table.frame, pl.Series(places)))
    table = with_origins(with_classes(table))
    refuse_few_classes(table, min_classes, str(origin))
    return table.stepped(
        "read", table.frame, source=_source_name(origin), n_images=len(table.frame)
    )


def with_classes(table: SampleTable) -> SampleTable:
    """The table whose classes are the labels of its usable rows, known ones in their order."""
    present = set(table.usable["label"])
    known = [name for name in table.classes if name in present]
    classes = (*known, *sorted_labels(present - set(known)))
    ids = {name: number for name, number in table.class_ids.items() if name in present}
    return replace(table, classes=classes, class_ids=ids)


def with_origins(table: SampleTable) -> SampleTable:
    """The table whose `group_columns` are the origins that have a value in some row."""
    names = dict.fromkeys([*ORIGINS, GIVEN_GROUP, *table.group_columns])
    present = [name for name in names if name in table.frame.columns]
    known = tuple(name for name in present if table.frame[name].count())
    return replace(table, group_columns=known)


def refuse_few_classes(table: SampleTable, min_classes: int, where: str) -> None:
    """Let pass a table with enough classes.

    Raises:
        InputError: otherwise, with what was found.
    """
    if len(table.classes) >= min_classes:
        return
    if table.classes:
        n = len(table.usable)
        said = f"one class only, {table.classes[0]!r} ({n} images)"
        raise InputError(f"{where}: {said}; a classifier needs images of two classes or more")
    reasons = table.frame["excluded_because"].drop_nulls().value_counts(sort=True)
    first = reasons["excluded_because"][0] if len(reasons) else "no image has a label"
    raise InputError(f"{where}: none of {len(table.frame)} images can be used; most often: {first}")


def sorted_labels(labels: Iterable[str]) -> list[str]:
    """Labels in alphabetical order, whole numbers by their value."""
    return sorted(labels, key=lambda name: (0, int(name), "") if name.isdecimal() else (1, 0, name))


def _source_name(origin: Path) -> str:
    return origin.stem if origin.suffix.lower() in {".csv", ".tsv", ".npz"} else origin.name


def _declared(table: SampleTable) -> SampleTable:
    """The table that names all its labels as classes, in some order."""
    labels = set(table.frame["label"].drop_nulls()) - set(table.classes)
    return replace(table, classes=(*table.classes, *sorted_labels(labels)))


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    try:
        return pl.Series(name, values, SCHEMA.get(name, pl.String()))
    except UnicodeEncodeError as error:
        said = f"the name {error.object!r} is not valid UTF-8: rename the file"
        raise InputError(said) from error
