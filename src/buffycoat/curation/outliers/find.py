"""Images unlike the others: several views, and a flag where two of them agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from buffycoat.curation.finding import Finding
from buffycoat.curation.looks.look import Look, Looked
from buffycoat.curation.outliers.alike import first_alike
from buffycoat.curation.outliers.appearance import APPEARANCE
from buffycoat.curation.outliers.excess import LIMITS
from buffycoat.curation.outliers.published import find_published
from buffycoat.curation.outliers.spaces import spaces
from buffycoat.curation.outliers.views import (
    N_LEAST,
    View,
    class_view,
    embedding_view,
    overall_views,
)
from buffycoat.curation.outliers.words import reason_of, said_of, views_table
from buffycoat.tables.samples import SampleTable

__all__ = ["OUTLIER_LOOKS", "find_outliers"]

OUTLIER_LOOKS: tuple[Look, ...] = (APPEARANCE,)
"""What has to be looked at for `find_outliers`."""

VOTING = ("pca", "neighbours", "density", "embeddings")
"""The views of which two must agree. `class` has no vote: what is odd in its class alone is as
often a wrong label or a rare form."""


def find_outliers(
    samples: SampleTable,
    looked: Looked,
    *,
    embeddings: np.ndarray | None = None,
    map_xy: np.ndarray | None = None,
) -> list[Finding]:
    """The finding `outlier`, and with a map `published_outlier`.

    `outlier_score` is the second highest score of the views that vote: two must agree. Each view
    is a column `outlier_<view>_score`. The rules of published work (PCA(2), t-SNE(2) with
    Mahalanobis distance of at least 2.5, DBSCAN on that map) have no part in it.

    Args:
        samples: The table, N rows; excluded ones are not judged.
        looked: What was seen of them, by `OUTLIER_LOOKS`.
        embeddings: Features (N, D) of a network; rows of NaN have none.
        map_xy: Positions (N, 2) from `place_on_map`.
    """
    has = looked.has[APPEARANCE.name] & samples.frame["excluded_because"].is_null().to_numpy()
    rows = np.flatnonzero(has)
    if len(rows) < N_LEAST:
        return [_too_few(len(samples.frame), len(rows))]
    found = spaces(looked.arrays[APPEARANCE.name], rows)
    kept, picture = np.unique(first_alike(found["whole"]), return_inverse=True)
    if len(kept) < N_LEAST:
        return [_too_few(len(samples.frame), len(kept))]
    alone = {name: vectors[kept] for name, vectors in found.items()}
    views, beside = overall_views(alone)
    views.append(class_view(alone, samples.frame["label"][rows[kept]].to_list()))
    if embeddings is not None:
        views.append(embedding_view(embeddings[rows[kept]]))
    outlier = _finding(views, _Pictures(len(samples.frame), rows, picture, rows[kept[beside]]))
    if map_xy is None:
        return [outlier]
    return [outlier, find_published(rows, found["whole"], map_xy, outlier.flags)]


@dataclass(frozen=True)
class _Pictures:
    """Which of P different pictures each of the M rows judged shows, out of N rows."""

    n_rows: int
    rows: np.ndarray
    """(M,) row numbers."""
    picture: np.ndarray
    """(M,) the picture of each."""
    beside: np.ndarray
    """(P, 3) rows that show the nearest other pictures."""

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Values of pictures (P,) at their rows among all (N,); NaN elsewhere."""
        whole = np.full(self.n_rows, np.nan)
        whole[self.rows] = values[self.picture]
        return whole


def _finding(views: Sequence[View], pictures: _Pictures) -> Finding:
    votes = np.stack([np.nan_to_num(view.score) for view in views if view.name in VOTING])
    second = np.sort(votes, axis=0)[-2]
    scores = pictures.spread(second)
    flags = np.nan_to_num(scores) >= 0.5
    at = np.flatnonzero(flags[pictures.rows])
    shown, n_alike = pictures.picture[at], np.bincount(pictures.picture)
    told = {int(p): reason_of(views, p, n_alike[p]) for p in np.unique(shown)}
    odd = list(zip(pictures.rows[at].tolist(), shown.tolist(), strict=True))
    n_repeated = int((n_alike[shown] > 1).sum())
    return Finding(
        "outlier",
        "Images unlike the others",
        said=tuple(said_of(flags, np.isfinite(scores), len(told), n_repeated)),
        level="look" if flags.any() else "note",
        scores=scores,
        flags=flags,
        reasons={row: told[p] for row, p in odd},
        beside={row: tuple(pictures.beside[p].tolist()) for row, p in odd},
        tables={"What each view says, by picture": views_table(views, VOTING, second >= 0.5)},
        columns={n: pl.Series(n, pictures.spread(v), nan_to_null=True) for n, v in _columns(views)},
        facts={"n_flagged": len(odd), "n_pictures": len(told), "limits": LIMITS},
    )


def _columns(views: Sequence[View]) -> list[tuple[str, np.ndarray]]:
    return [(f"outlier_{view.name}_score", view.score) for view in views]


def _too_few(n_rows: int, n_known: int) -> Finding:
    said = f"{n_known:,} different images are too few to say what is usual; {N_LEAST} are needed."
    empty, none = np.full(n_rows, np.nan), np.zeros(n_rows, bool)
    return Finding("outlier", "Images unlike the others", (said,), "note", empty, none)
