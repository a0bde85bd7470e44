"""Groups: whatever shares a patient, a slide, a field or its pixels stays together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from buffycoat.curation.duplicates import COPY_KEY
from buffycoat.errors import TableError
from buffycoat.tables.samples import ORIGINS, SampleTable

__all__ = ["derive_groups"]

_COPIES = "same pixels"


def derive_groups(table: SampleTable) -> SampleTable:
    """The table with its `group` column: connected components over origins and exact copies.

    Two rows are in one group when a chain of rows leads from one to the other in which each
    shares a value with the next: in a column of `ORIGINS`, in a further column that
    `group_columns` names, or in its pixels. Values of different columns never meet, and empty
    values join nothing. A group is called after its first origin, as `slide:03`, or, where none
    is known, after its first sample. The `group_columns` that come back are those with values.

    Raises:
        TableError: when `group_columns` names a column that the table has not.
    """
    known = _origin_values(table)
    links = pl.concat([known, _copies(table.frame)])
    group = _names(table.frame, _components(links, table.frame.height), known)
    columns = tuple(name for name in _origin_columns(table) if name in set(known["column"]))
    frame = table.frame.with_columns(group)
    facts = {"columns": list(columns), "n_groups": group.n_unique()}
    return replace(table.stepped("group", frame, **facts), group_columns=columns)


def _origin_columns(table: SampleTable) -> tuple[str, ...]:
    for name in table.group_columns:
        if name not in table.frame.columns:
            raise TableError(f"groups shall come from column {name!r}, which the table has not")
    present = [name for name in ORIGINS if name in table.frame.columns]
    return tuple(dict.fromkeys([*present, *table.group_columns]))


def _origin_values(table: SampleTable) -> pl.DataFrame:
    """Row, column and value of every origin that is known."""
    columns = _origin_columns(table)
    text = [pl.col(name).cast(pl.String).str.strip_chars() for name in columns]
    rows = table.frame.select(text).with_row_index("row")
    values = rows.unpivot(index="row", on=list(columns), variable_name="column")
    return values.filter(pl.col("value") != "")


def _copies(frame: pl.DataFrame) -> pl.DataFrame:
    keys = frame.select(value=COPY_KEY, column=pl.lit(_COPIES)).with_row_index("row")
    return keys.drop_nulls().select("row", "column", "value")


def _components(links: pl.DataFrame, n_rows: int) -> np.ndarray:
    """The component (N,) of each row; a link joins a row with a value of a column."""
    links = links.sort("column", "value").with_columns(node=pl.struct("column", "value").rle_id())
    row, node = links["row"].to_numpy(), links["node"].to_numpy() + n_rows
    size = n_rows + links["node"].n_unique()
    edges = coo_array((np.ones(len(row)), (row, node)), shape=(size, size))
    components: np.ndarray = connected_components(edges, directed=False)[1]
    return components[:n_rows]


def _names(frame: pl.DataFrame, components: np.ndarray, known: pl.DataFrame) -> pl.Series:
    """The name of each row's component: its first origin, coarsest column first."""
    rows = frame.select("sample_id").with_row_index("row").with_columns(component=components)
    order = {name: place for place, name in enumerate(known["column"].unique(maintain_order=True))}
    origins = known.join(rows, on="row").sort(
        pl.col("column").replace_strict(order, return_dtype=pl.Int64), "value"
    )
    origin = pl.concat_str("column", pl.lit(":"), "value").first().alias("origin")
    named = rows.group_by("component").agg(pl.col("sample_id").min())
    named = named.join(origins.group_by("component").agg(origin), on="component", how="left")
    named = named.select("component", group=pl.coalesce("origin", "sample_id"))
    return rows.join(named, on="component", how="left", maintain_order="left")["group"]
