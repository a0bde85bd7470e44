"""A new set against an old one: which of its images show what the old one shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from buffycoat.curation.copies.find import COPY_LOOKS, find_copies
from buffycoat.curation.copies.findings import FIELD_CLUSTER
from buffycoat.curation.finding import Finding
from buffycoat.curation.leakage import find_shared
from buffycoat.curation.looks.kept import looks_root
from buffycoat.curation.looks.large import empty_array
from buffycoat.curation.looks.look import Looked
from buffycoat.curation.looks.look_at import look_at
from buffycoat.pipeline.audit.unread import refuse_empty, warn_of_unread
from buffycoat.pipeline.console import progress
from buffycoat.tables.samples import SCHEMA, SampleTable

__all__ = ["compare_sets"]


def compare_sets(samples: SampleTable, looked: Looked, older: SampleTable) -> Finding:
    """The finding `shared`: rows of a set that are copies of an older one's, or of its fields.

    Args:
        samples: The new set, N rows.
        looked: What was seen of it.
        older: The old set; its images are looked at too.

    Raises:
        InputError: when it has no image that can be looked at.
    """
    refuse_empty(older, "the older table")
    with progress("looking at the older set") as moved:
        seen = look_at(older, COPY_LOOKS, on_progress=moved)
    warn_of_unread(older, seen, "the older table")
    if not all(look.name in looked.arrays for look in COPY_LOOKS):
        looked = look_at(samples, COPY_LOOKS)
    columns = list(SCHEMA)
    known = older.frame.select(columns).with_columns(sample_id=pl.format("older:{}", "sample_id"))
    both = replace(samples, frame=pl.concat([samples.frame.select(columns), known]))
    names = [look.name for look in COPY_LOOKS]
    arrays = {name: _joined(looked.arrays[name], seen.arrays[name]) for name in names}
    has = {name: np.concatenate([looked.has[name], seen.has[name]]) for name in names}
    with progress("comparing the sets") as moved:
        _, fields = find_copies(both, Looked(arrays, has), on_progress=moved)
    return find_shared(both, len(older.frame), fields.columns[FIELD_CLUSTER])


def _joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    shape = (len(one) + len(other), *one.shape[1:])
    both = empty_array(shape, one.dtype.str, looks_root())
    both[: len(one)], both[len(one) :] = one, other
    return both
