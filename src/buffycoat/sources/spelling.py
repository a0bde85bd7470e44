"""One spelling for labels that differ in spaces or case alone."""

from __future__ import annotations

from collections import Counter, defaultdict

import polars as pl

__all__ = ["common_spelling", "plain"]


def plain(label: str) -> str:
    """A label without stray spaces, in lower case.

    >>> plain(" Band  Neutrophil")
    'band neutrophil'
    """
    return " ".join(label.split()).casefold()


def common_spelling(labels: pl.Series) -> tuple[dict[str, str], list[str]]:
    """The spelling to use for each label as given, and notes about those that were merged.

    The most frequent spelling wins, without spaces around it; of equally frequent ones the first
    in the alphabet.
    """
    counts = Counter(labels.drop_nulls().to_list())
    alike: dict[str, list[str]] = defaultdict(list)
    for label in sorted(counts):
        alike[plain(label)].append(label)
    spelling: dict[str, str] = {}
    notes = []
    for given in alike.values():
        tidy: Counter[str] = Counter()
        for label in given:
            tidy[" ".join(label.split())] += counts[label]
        best = tidy.most_common(1)[0][0]
        spelling |= dict.fromkeys(given, best)
        if len(given) > 1:
            written = ", ".join(map(repr, given))
            notes.append(f"labels that differ in spaces or case are one class: {written}")
    return spelling, notes
