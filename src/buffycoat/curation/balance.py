"""How many images each class, split, source and group has, and which balancing that asks for."""

from __future__ import annotations

import polars as pl

from buffycoat.curation.finding import Finding, Level
from buffycoat.curation.guesses.folds import groups_of
from buffycoat.tables.samples import SampleTable

__all__ = ["find_balance"]

_WEIGHTS_FROM, _SAMPLING_FROM = 1.5, 10.0
"""The ratio of the largest class to the smallest from which each balancing is advised: below the
first there is hardly anything to balance; above the second, weights would make single images of
the smallest class outweigh a batch, and drawing them more often is steadier."""

_DOMINATES = 0.1  # a group of more than this share of its class is named
_FEW_GROUPS = 10  # an interval over fewer groups holds the truth too rarely
_MANY_COPIES = 2.0  # images for each group, from which groups are what counts
_N_NAMED = 6
_OF_COPIES = {"copy_cluster", "field_cluster"}
_RARE = 10  # images


def find_balance(samples: SampleTable, *, copies_said: bool = False) -> Finding:
    """Counts of images and groups, and the balancing (`--balance`) that they ask for.

    Balancing is made when batches are drawn: never by copies of images, which would lie on both
    sides of a split. Where classes consist of few groups, more draws do not help, and that is said.

    Args:
        samples: The table; rows that were excluded or have no label do not count.
        copies_said: Whether `near_copy` says already which classes are few photographs; it is not
            said again where groups are these and nothing else.
    """
    rows = samples.usable
    rows = rows.with_columns(group=groups_of(rows))
    counts = rows.group_by("label").agg(images=pl.len()).sort("images", "label")
    title = "Balance"
    if len(counts) < 2:
        none = "There are images of 1 class: nothing to balance."
        none = none if len(counts) else "No image has a label: nothing to balance."
        return Finding("balance", title, (none,), "note")
    train = rows.filter(pl.col("split") == "train") if "train" in rows["split"] else rows
    advised, ratio = _advised(train)
    is_said = copies_said and set(samples.group_columns) <= _OF_COPIES
    few = (*_absent(rows, train), *(() if is_said else _few_groups(rows)))
    level: Level = "serious" if few else "look" if ratio >= _SAMPLING_FROM else "note"
    by = {name: _counted(rows, name) for name in ("split", "source") if rows[name].n_unique() > 1}
    tables = {"Images and groups by class": _counted(rows)}
    tables |= {f"Images and groups by class and {name}": table for name, table in by.items()}
    tables["What each balancing draws in an epoch"] = _draws(train)
    facts = {"ratio": ratio, "advised": advised, "n_images": len(rows)}
    said = (*few, _classes_said(counts), *_rare(train), _advice(advised, ratio, train))
    return Finding("balance", title, said, level, tables=tables, facts=facts)


def _advised(train: pl.DataFrame) -> tuple[str, float]:
    """The name of the balancing, and the largest class over the smallest."""
    counts = _teachable(train)["count"]
    ratio = float(counts.max() or 0) / float(counts.min() or 1)  # type: ignore[arg-type]
    if ratio < _WEIGHTS_FROM:
        return "none", ratio
    return ("class-weights" if ratio < _SAMPLING_FROM else "sampling"), ratio


def _teachable(train: pl.DataFrame) -> pl.DataFrame:
    """Classes with their counts, without those that are too rare to learn, if others remain."""
    counts = train["label"].value_counts()
    enough = counts.filter(pl.col("count") >= _RARE)
    return enough if len(enough) > 1 else counts


def _counted(rows: pl.DataFrame, *by: str) -> pl.DataFrame:
    """By class and whatever else: images, groups, and what the largest group holds."""
    keys = [*by, "label"]
    of_group = rows.group_by(*keys, "group").agg(n=pl.len())
    share = (pl.col("n").max() / pl.col("n").sum()).alias("share of the largest group")
    images = pl.col("n").sum().alias("images")
    found = of_group.group_by(keys).agg(images, pl.len().alias("groups"), share)
    return found.sort(keys)


def _few_groups(rows: pl.DataFrame) -> tuple[str, ...]:
    """Sentences about classes of a split that are many images of few groups, fewest first."""
    parts = rows.with_columns(split=pl.col("split").fill_null("all"))
    counts = _counted(parts, "split")
    many = pl.col("images") >= _MANY_COPIES * pl.col("groups")
    few = counts.filter(many & (pl.col("groups") < _FEW_GROUPS)).sort("groups", "split", "label")
    said = [
        f"{n:,} images of {label} {_within(split)} come from {_groups(n_groups)},"
        f" {share:.0%} of them from one: only so many are independent."
        for split, label, n, n_groups, share in few.head(_N_NAMED).iter_rows()
    ]
    if len(few) > _N_NAMED:
        said.append(f"The same holds for {len(few) - _N_NAMED} more: see the table.")
    return tuple(said)


def _absent(rows: pl.DataFrame, train: pl.DataFrame) -> tuple[str, ...]:
    """A sentence about classes that are in another split and not in train."""
    names = sorted(set(rows["label"]) - set(train["label"]))
    if not names:
        return ()
    named = ", ".join(names[:_N_NAMED]) + (", ..." if len(names) > _N_NAMED else "")
    return (f"No image in train is of {named}: a network cannot learn it.",)


def _rare(train: pl.DataFrame) -> tuple[str, ...]:
    """A sentence about classes that no balancing can teach."""
    counts = train["label"].value_counts().sort("label").filter(pl.col("count") < _RARE)
    if not len(counts):
        return ()
    named = ", ".join(f"{label} ({n})" for label, n in counts.head(_N_NAMED).iter_rows())
    said = f"Too few images to learn from: {named}. Drawing them more often does not help;"
    return (f"{said} `buffycoat split --leave-out` leaves a class out.",)


def _within(split: str) -> str:
    return "in the set" if split == "all" else f"in {split}"


def _groups(n: int) -> str:
    return f"{n} group{'s' if n > 1 else ''}"


def _classes_said(counts: pl.DataFrame) -> str:
    (least, n_least), (most, n_most) = counts.row(0), counts.row(-1)
    ends = f"from {least} ({n_least:,}) to {most} ({n_most:,})"
    return f"{counts['images'].sum():,} images of {len(counts)} classes, {ends}."


def _advice(advised: str, ratio: float, train: pl.DataFrame) -> str:
    counts = _teachable(train).sort("count", "label")
    least, n_least = counts.row(0)
    said = f"The largest class is {ratio:.1f} times the smallest"
    if advised == "none":
        return f"{said}: `--balance none` (the default) is right."
    each = len(train) / len(counts)
    if advised == "class-weights":
        does = f"an image of {least} then counts {each / n_least:.1f} times in the loss"
    else:
        does = f"each image of {least} is then drawn {each / n_least:.1f} times in an epoch"
        does += f", {each:,.0f} draws of every class"
    return f"{said}: train with `--balance {advised}`; {does}. Copies of images are not needed."


def _draws(train: pl.DataFrame) -> pl.DataFrame:
    """By class: expected draws in an epoch without and with sampling, and its weight in the loss.

    Sampling draws as many images as there are, every class equally often; a weight is the mean
    number of images of a class over that of this one.
    """
    counts = train["label"].value_counts().sort("label")
    each = len(train) / len(counts)
    return counts.select(
        "label",
        pl.col("count").alias("draws: none, class-weights"),
        pl.lit(each).round(1).alias("draws: sampling"),
        (each / pl.col("count")).round(3).alias("weight: class-weights"),
        (each / pl.col("count")).round(2).alias("draws of one image: sampling"),
    )
