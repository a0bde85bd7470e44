"""Tables of which nothing can be looked at, and images that cannot be read any more."""

from __future__ import annotations

import warnings

from buffycoat.curation.looks.look import Looked
from buffycoat.errors import BuffycoatWarning, InputError
from buffycoat.tables.samples import SampleTable

__all__ = ["refuse_empty", "warn_of_unread"]


def refuse_empty(samples: SampleTable, table: str = "the table") -> None:
    """Refuse a table without a row to look at.

    Raises:
        InputError: when every row is excluded, or there is none.
    """
    if not len(samples.frame):
        raise InputError(f"{table} has no rows: there is nothing to audit")
    if not samples.frame["excluded_because"].null_count():
        raise InputError(f"every row of {table} is excluded: there is nothing to audit")


def warn_of_unread(samples: SampleTable, looked: Looked, table: str = "the table") -> None:
    """Warn of images that could be read when the table was made, and cannot any more.

    Raises:
        InputError: when none can be read, and nothing is known of them from before.
    """
    ours = tuple(f"{name}: " for name in looked.arrays)  # a look that failed, not the reading
    unread = {row: why for row, why in looked.failed.items() if not why.startswith(ours)}
    if not unread:
        return
    row, n = min(unread), samples.frame["excluded_because"].null_count()
    said = f"{len(unread)} of {n} images of {table} cannot be read and are not looked at"
    first = f"the first is {samples.frame['sample_id'][row]}: {unread[row]}"
    if len(unread) == n and not any(has.any() for has in looked.has.values()):
        raise InputError(f"{said}; {first}; `buffycoat import` makes a table of where they lie now")
    warnings.warn(f"{said}; {first}", BuffycoatWarning, stacklevel=2)
