"""Cut rows into named parts by whole groups, with every class in every part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from buffycoat.curation.splits.allocation import allocate
from buffycoat.errors import SplitError

__all__ = ["cut", "refuse_rare_classes"]

_N_NAMED = 5
_WAYS_OUT = (
    "leave it out (--leave-out {0!r}), give it to another class "
    "(buffycoat import --rename {0!r}=OTHER), add images from other sources, "
    "or ask for fewer parts (--validation 0, --test 0, fewer --folds)"
)


def cut(rows: pl.DataFrame, shares: Mapping[str, float], seed: Sequence[int]) -> pl.DataFrame:
    """The part of each group: columns `group` and `part`, one row per group.

    Args:
        rows: Rows with `label` and `group`, in any order.
        shares: The share of each part, with sum 1.
        seed: The same seed and rows give the same parts.

    Raises:
        SplitError: when a class cannot be in every part, with the class and its numbers.
    """
    names = list(shares)
    refuse_rare_classes(rows, names)
    table = rows.pivot(
        "label", index="group", values="label", aggregate_function="len", sort_columns=True
    ).sort("group")
    counts = table.drop("group").fill_null(0).to_numpy().astype(np.int64)
    parts = allocate(counts, list(shares.values()), seed)
    _refuse_absent_class(counts, parts, table.columns[1:], names)
    return table.select("group", part=pl.Series(parts).replace_strict(dict(enumerate(names))))


def refuse_rare_classes(rows: pl.DataFrame, parts: Sequence[str]) -> None:
    """Let pass where every class has at least as many groups as there are parts.

    Raises:
        SplitError: otherwise, with the classes and their numbers.
    """
    sizes = rows.group_by("label").agg(pl.col("group").n_unique(), n=pl.len())
    rare = sizes.filter(pl.col("group") < len(parts)).sort("label")
    if len(rare):
        said = " and ".join(
            f"class {label!r} has {_n(n_groups, 'group')} ({_n(n, 'image')})"
            for label, n_groups, n in rare.head(_N_NAMED).iter_rows()
        )
        more = len(rare) - _N_NAMED
        said += f" and {_n(more, 'more class', 'es')} too few" if more > 0 else ""
        named = ", ".join(parts[:_N_NAMED]) + (", ..." if len(parts) > _N_NAMED else "")
        need = f"{len(parts)} parts ({named}) need one group each"
        raise SplitError(f"{said}, but {need}: {_WAYS_OUT.format(rare['label'][0])}")


def _refuse_absent_class(
    counts: np.ndarray, parts: np.ndarray, labels: Sequence[str], names: Sequence[str]
) -> None:
    for part, name in enumerate(names):
        for column in np.flatnonzero(counts[parts == part].sum(0) == 0).tolist():
            n_groups = int((counts[:, column] > 0).sum())
            shared = f"its {n_groups} groups hold other classes too, which are needed elsewhere"
            said = f"class {labels[column]!r} could not be put into {name}: {shared}"
            raise SplitError(f"{said}; {_WAYS_OUT.format(labels[column])}")


def _n(count: int, thing: str, plural: str = "s") -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}{plural}"
