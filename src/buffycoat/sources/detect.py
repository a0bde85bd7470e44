"""The right reader for whatever stands at a path, and all that is known beside it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

import polars as pl

from buffycoat.errors import BuffycoatWarning, InputError, SettingError
from buffycoat.sources.catalogue import own_names, read_data_set
from buffycoat.sources.csv_list import read_csv_list
from buffycoat.sources.folder import list_images, read_folder
from buffycoat.sources.kinds import kind_of
from buffycoat.sources.listing import NO_LABEL, refuse_few_classes
from buffycoat.sources.merge import merge
from buffycoat.sources.metadata import join_metadata
from buffycoat.sources.names import map_all_names
from buffycoat.sources.npz import read_npz
from buffycoat.sources.patterns import Taken, take_from_path
from buffycoat.sources.settings import SourceSettings
from buffycoat.sources.subtypes import exclude_unspecified
from buffycoat.sources.unlabelled import read_unlabelled
from buffycoat.sources.voc import read_voc
from buffycoat.tables.samples import SampleTable, read_samples

__all__ = ["SourceSettings", "import_sources", "read_source", "read_unlabelled"]


def import_sources(
    paths: Sequence[str | Path], settings: SourceSettings | None = None
) -> SampleTable:
    """The images of all sources as one table, with what patterns, metadata and names tell.

    Raises:
        InputError: when a source cannot be read, or there are fewer than two classes in all.
        SettingError: when a pattern or a renaming is wrong, or a setting fits no source.
    """
    settings = settings or SourceSettings()
    kinds = ["data set" if settings.source else kind_of(Path(path)) for path in paths]
    _refuse_unused(kinds, settings)
    tables = [_read(Path(p), kind, settings) for p, kind in zip(paths, kinds, strict=True)]
    tables = _told(tables, settings)
    tables = map_all_names(tables, names=settings.names, mapping=_mapping(tables, settings))
    merged = _with_reasons(merge(tables))
    refuse_few_classes(merged, 2, ", ".join(map(str, paths)))
    return _with_single_images_noted(merged)


def read_source(path: Path, settings: SourceSettings | None = None) -> SampleTable:
    """The images at one path: a folder, a CSV, an .npz, Pascal VOC, or a sample table.

    Labels may be missing where the settings tell them from elsewhere.

    Raises:
        InputError: when it is none of these, or cannot be read.
    """
    settings = settings or SourceSettings()
    return _read(path, "data set" if settings.source else kind_of(path), settings)


def _read(path: Path, kind: str, settings: SourceSettings) -> SampleTable:
    if settings.source:
        return read_data_set(settings.source, path)
    needed = int(settings.label_from is None and settings.metadata is None)
    if kind == "voc":
        s = settings
        return read_voc(path, margin=s.margin, labels=s.labels, keep=s.keep, min_classes=needed)
    if kind == "npz":
        return read_npz(path, names=settings.class_names, min_classes=needed)
    if kind == "csv":
        return read_csv_list(path, min_classes=needed)
    if kind == "samples":
        return read_samples(path)
    try:
        return read_folder(path, min_classes=needed)
    except InputError:
        if needed:
            raise
        return list_images([path])


def _mapping(tables: Sequence[SampleTable], settings: SourceSettings) -> dict[str, str]:
    """New names for labels: the user's, and those that a data set's own record has."""
    given = settings.mapping
    if not settings.source or settings.names == "given":
        return given
    labels = {label for table in tables for label in table.frame["label"].drop_nulls()}
    return {**own_names(settings.source, sorted(labels), given), **given}


def _told(tables: Sequence[SampleTable], settings: SourceSettings) -> list[SampleTable]:
    """The tables with what the metadata and the patterns tell of them."""
    told = list(tables)
    if settings.metadata:
        metadata, on = settings.metadata, settings.on
        told = _where_it_fits(told, lambda table: join_metadata(table, metadata, on))
    for column in get_args(Taken):
        pattern = getattr(settings, f"{column}_from")
        if pattern is not None:
            told = _where_it_fits(told, partial(take_from_path, column=column, pattern=pattern))
    return told


def _where_it_fits(
    tables: Sequence[SampleTable], tell: Callable[[SampleTable], SampleTable]
) -> list[SampleTable]:
    """The tables after a step that must fit one source at least; the others get a note."""
    told, errors = [], []
    for table in tables:
        try:
            told.append(tell(table))
        except InputError as error:
            errors.append(error)
            told.append(replace(table, notes=(*table.notes, str(error))))
    if tables and len(errors) == len(tables):
        raise errors[0]
    return told


def _with_reasons(table: SampleTable) -> SampleTable:
    """The table with a reason on every row without a label, or with one that is too coarse."""
    if "label_coarse" in table.frame.columns:
        table = exclude_unspecified(table)
    bare = pl.when(pl.col("label").is_null()).then(pl.lit(NO_LABEL))
    frame = table.frame.with_columns(excluded_because=pl.coalesce("excluded_because", bare))
    return replace(table, frame=frame)


def _with_single_images_noted(table: SampleTable) -> SampleTable:
    sizes = table.usable["label"].value_counts().sort("label")
    single = [label for label, n in sizes.iter_rows() if n == 1]
    notes = [f"class {label!r} has one image, which cannot be split" for label in single]
    for note in notes:
        warnings.warn(note, BuffycoatWarning, stacklevel=3)
    return replace(table, notes=(*table.notes, *notes))


def _refuse_unused(kinds: Sequence[str], settings: SourceSettings) -> None:
    plain = SourceSettings()
    only = {"class_names": "npz", "margin": "voc", "labels": "voc", "keep": "voc"}
    for name, kind in only.items():
        if getattr(settings, name) != getattr(plain, name) and kind not in kinds:
            what = {"npz": "an .npz file", "voc": "a Pascal VOC folder"}[kind]
            if settings.source:
                raise SettingError(f"{name} is for {what} of your own, not for {settings.source}")
            raise SettingError(f"{name} is for {what}, and no source is one: leave it out")
    if settings.on != plain.on and settings.metadata is None:
        raise SettingError("on says how metadata is joined, but no metadata is given")
