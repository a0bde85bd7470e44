"""Properties other than the cell that predict the label: what a network could learn instead."""

from __future__ import annotations

import numpy as np
import polars as pl

from buffycoat.curation.finding import Finding, Level
from buffycoat.curation.guesses.folds import groups_of
from buffycoat.curation.guesses.property import Prediction, predict_class
from buffycoat.curation.looks.look import Look, Looked
from buffycoat.curation.properties.background import BACKGROUND
from buffycoat.curation.properties.columns import as_numbers, batch_column, property_values
from buffycoat.tables.samples import SampleTable

__all__ = ["SERIOUS_SKILL", "SHORTCUT_LOOKS", "WARNED_SKILL", "find_shortcuts"]

SHORTCUT_LOOKS: tuple[Look, ...] = (BACKGROUND,)
"""The looks that `find_shortcuts` needs."""

WARNED_SKILL, SERIOUS_SKILL = 0.1, 0.3
"""The share of the way from guessing (0) to knowing (1) from which a property is warned of."""

_MOST_ROWS = 20_000  # the figures hold to a point; more rows cost more and say the same
_KINDS = {
    "size": "Image size",
    "format": "File format",
    "compression": "Compression",
    "file_size": "Bytes per pixel",
    "metadata": "Metadata of the files",
    "background": "Colour of the background",
    "batch": "Batch",
}
_OF_CONTENT = {
    "file_size": "It depends on what is in the image too, and is not warned of.",
    "size": "The images are boxes, and a box is as large as its cell: it is not warned of.",
}


def find_shortcuts(samples: SampleTable, looked: Looked) -> list[Finding]:
    """How well each property alone predicts the class, one finding each, what predicts best first.

    Judged are image size, file format, compression (quantisation tables, subsampling), bytes per
    pixel, metadata (resolution, comment, EXIF), the colour of the background at the border, and the
    batches that it falls into: the column `background_batch`. Names of files and folders are
    not: they carry the label on purpose. A property is warned of where its lower end lies above
    chance and it goes 10% of the way from guessing to knowing; from 30% it is serious.

    With more than 20,000 rows the figures are of about so many, of each class as large a part.

    Args:
        samples: The table, N rows.
        looked: What `SHORTCUT_LOOKS` gave for it.
    """
    usable = pl.col("excluded_because").is_null() & pl.col("label").is_not_null()
    rows = samples.frame.with_row_index("row").filter(usable).sort("sample_id")
    # class by class: every other row of all might leave nothing of a rare one
    rows = rows.filter(pl.int_range(pl.len()).over("label") % -(-len(rows) // _MOST_ROWS) == 0)
    several = rows.select(pl.coalesce("group", "sample_id").n_unique().over("label") > 1)
    rows = rows.filter(several.to_series())
    batch = batch_column(samples, looked)
    if rows["label"].n_unique() < 2:
        said = "Shortcuts were not looked for: that needs two classes of at least two groups each."
        return [Finding("shortcut", "Shortcuts", (said,), "note")]
    known = property_values(samples, rows, looked, batch)
    found = [(name, *_judged(samples, rows, name, table, batch)) for name, table in known.items()]
    return [finding for _, finding, _ in sorted(found, key=lambda each: (-each[2], each[0]))]


def _judged(
    samples: SampleTable, rows: pl.DataFrame, name: str, values: pl.DataFrame, batch: pl.Series
) -> tuple[Finding, float]:
    """The finding about a property, and its skill."""
    title, column = _KINDS[name], f"shortcut_{name}"
    columns = {"background_batch": batch} if name == "batch" else {}
    n_kinds = values.unique().height
    if n_kinds < 2:
        known = sum(values.null_count().row(0)) < values.width * len(values)
        how = "the same for all images" if known else "not known of any image"
        return Finding(column, title, (f"{title}: {how}.",), "note", columns=columns), 0.0
    ids = {label: i for i, label in enumerate(samples.classes)}
    labels = rows["label"].replace_strict(ids, return_dtype=pl.Int64).to_numpy()
    found = predict_class(as_numbers(values), labels, groups_of(rows), len(ids))
    chance = 1 / int(np.isfinite(found.recalls).sum())
    skill = (found.balanced_accuracy - chance) / (1 - chance)
    is_of_cell = name == "file_size" or (name == "size" and rows["box"].null_count() < len(rows))
    above = found.low > max(chance, found.by_chance)
    level: Level = "note"
    if above and skill >= WARNED_SKILL and not is_of_cell:
        level = "serious" if skill >= SERIOUS_SKILL else "look"
    said = _said(samples, title, found, chance, level)
    if is_of_cell:
        said = (*said, _OF_CONTENT[name])
    facts = {
        "balanced_accuracy": found.balanced_accuracy,
        "low": found.low,
        "high": found.high,
        "by_chance": found.by_chance,
        "chance": chance,
        "skill": skill,
        "n_kinds": n_kinds,
    }
    tables = _common(rows, values) if n_kinds <= len(rows) / 10 else {}
    return Finding(column, title, said, level, tables=tables, columns=columns, facts=facts), skill


def _said(
    samples: SampleTable, title: str, found: Prediction, chance: float, level: Level
) -> tuple[str, ...]:
    best = int(np.nanargmax(found.recalls - found.mistaken))
    figure = f"{found.balanced_accuracy:.2f} ({found.low:.2f} to {found.high:.2f})"
    first = f"{title} alone recognises the class with a balanced accuracy of {figure};"
    first += f" guessing gives {chance:.2f}, shuffled labels at most {found.by_chance:.2f}."
    most = f"Easiest to tell is {samples.classes[best]}: {found.recalls[best]:.0%} of it is"
    most += f" recognised, and {found.mistaken[best]:.0%} of the others are taken for it."
    if level == "note":
        return (first,)
    told = "A network can learn this instead of the cell: make it alike first."
    if samples.group_columns:
        return (first, most, told)
    unknown = "No patients or slides are known: images of one vouch for each other."
    return (first, most, told, unknown)


def _common(rows: pl.DataFrame, values: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """How many images of each class have the commonest values, where these are few."""
    names = values.columns
    short = values.with_columns(pl.col(pl.String).str.slice(0, 60))
    pairs = short.with_columns(label=rows["label"])
    counts = pairs.pivot("label", index=names, values="label", aggregate_function="len")
    classes = [name for name in counts.columns if name not in names]
    counts = counts.with_columns(pl.col(classes).fill_null(0))
    counts = counts.sort(
        pl.sum_horizontal(classes), *names, descending=[True] + [False] * len(names)
    )
    return {"Images of each class by the commonest values": counts.head(10)}
