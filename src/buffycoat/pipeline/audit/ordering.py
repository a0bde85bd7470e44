"""The order that an audit works in, so that how a table is sorted changes nothing it finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from buffycoat.curation.finding import Finding
from buffycoat.tables.samples import SampleTable

__all__ = ["by_sample", "put_back", "rearranged"]


def by_sample(samples: SampleTable) -> np.ndarray:
    """The rows (N,) of a table in the order of their `sample_id`."""
    return samples.frame["sample_id"].arg_sort().to_numpy()


def rearranged(samples: SampleTable, rows: np.ndarray) -> SampleTable:
    """The table whose i-th row is row `rows[i]` of the given one."""
    return replace(samples, frame=samples.frame[rows])


def put_back(finding: Finding, rows: np.ndarray) -> Finding:
    """What was found in a rearranged table, for the rows of the given one.

    Args:
        finding: A finding about `rearranged(samples, rows)`.
        rows: These rows (N,).
    """
    place = np.argsort(rows)
    return replace(
        finding,
        scores=None if finding.scores is None else finding.scores[place],
        flags=None if finding.flags is None else finding.flags[place],
        reasons={int(rows[row]): said for row, said in finding.reasons.items()},
        beside={
            int(rows[row]): tuple(int(rows[other]) for other in others)
            for row, others in finding.beside.items()
        },
        columns={name: column[place] for name, column in finding.columns.items()},
    )
