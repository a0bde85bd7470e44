"""Labels that are probably wrong: they contradict out-of-fold answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from buffycoat.curation.finding import Finding
from buffycoat.curation.guesses.judged import Judged, judge_rows, together
from buffycoat.errors import TableError
from buffycoat.tables.samples import SampleTable

__all__ = ["find_label_errors"]

_NAME, _TITLE = "label_error", "Labels that are probably wrong"
_WEAK = 0.9  # a judge that errs more often than one time in ten mostly finds its own mistakes


def find_label_errors(
    samples: SampleTable,
    features: np.ndarray,
    *,
    embeddings: np.ndarray | None = None,
    probabilities: np.ndarray | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Finding:
    """Labels that contradict what a classifier says which never saw the image or its group.

    The score is 1 minus the probability of the given label; 1 is certainly wrong. Flagged is what
    confident learning finds twice over: as many rows of each given and each likely class as the
    joint counts say are wrong, and of these those whose likely class is another one. The column
    `label_suggested` names it. A class of one group cannot be judged and has no scores.

    Args:
        samples: The table, N rows.
        features: A descriptor of each row, (N, D); rows with NaN are judged by `probabilities`
            alone or not at all.
        embeddings: Features of a network, (N, E), used beside the descriptor where a row has
            both; NaN where unknown, and then the row is not judged by either.
        probabilities: Out-of-fold answers of a network, (N, C) in the order of the table's
            classes, used instead where they are known; NaN elsewhere.
        seed: Decides the folds.
        on_progress: Called with the folds done and all of them.

    Raises:
        TableError: for arrays of another shape than the table's.

    Source:
        Northcutt et al., Confident learning: estimating uncertainty in dataset labels, JAIR 70
        (2021) 1373; by cleanlab.
    """
    n, n_classes = len(samples.frame), len(samples.classes)
    for name, array, width in (
        ("features", features, None),
        ("embeddings", embeddings, None),
        ("probabilities", probabilities, n_classes),
    ):
        _check(name, array, n, width)
    if embeddings is not None:
        features = together(features, embeddings)
    judged = judge_rows(samples, features, probabilities, seed=seed, on_progress=on_progress)
    if not len(judged.rows) or len(np.unique(judged.labels)) < 2:
        said = "Labels were not judged: that needs two classes of at least two groups each."
        nothing = pl.Series([None] * n, dtype=pl.String)  # in place of what an earlier audit said
        return Finding(_NAME, _TITLE, (said,), "note", columns={"label_suggested": nothing})
    return _finding(samples, judged, by="a network" if judged.is_given else "a linear classifier")


def _check(name: str, array: np.ndarray | None, n: int, width: int | None) -> None:
    if array is None:
        return
    if array.ndim != 2 or len(array) != n or (width and array.shape[1] != width):
        said = f"({n}, {width or 'any number'})"
        raise TableError(f"{name} have the shape {array.shape}, but the table asks for {said}")


def _finding(samples: SampleTable, judged: Judged, *, by: str) -> Finding:
    n, names = len(samples.frame), np.array(samples.classes, object)
    scores, flags = np.full(n, np.nan), np.zeros(n, bool)
    own = judged.p[np.arange(len(judged.rows)), judged.labels]
    scores[judged.rows] = np.clip(1 - own, 0, 1)
    wrong = _contradicted(judged.labels, judged.p)
    flags[judged.rows] = wrong
    likely = judged.p.argmax(axis=1)
    given, suggested = names[judged.labels[wrong]], names[likely[wrong]]
    sure = judged.p.max(axis=1)[wrong]
    rows = judged.rows[wrong].tolist()
    reasons = {
        row: f"given {g}; looks like {s} ({p:.2f})"
        for row, g, s, p in zip(rows, given, suggested, sure, strict=True)
    }
    column = np.full(n, None, object)
    column[judged.rows[wrong]] = suggested
    accuracy = float((likely == judged.labels).mean())
    pairs = pl.DataFrame({"given": given, "looks like": suggested}, schema_overrides=_TEXT)
    pairs = pairs.group_by("given", "looks like").agg(images=pl.len())
    pairs = pairs.sort(["images", "given", "looks like"], descending=[True, False, False])
    return Finding(
        _NAME,
        _TITLE,
        _said(len(judged.rows), pairs, accuracy, by),
        "look" if wrong.any() else "note",
        scores=scores,
        flags=flags,
        reasons=reasons,
        beside=_examples(judged, wrong, likely),
        tables={"Given labels and what the images look like": pairs.head(20)} if rows else {},
        columns={"label_suggested": pl.Series("label_suggested", column.tolist(), pl.String())},
        facts={
            "n_judged": len(judged.rows),
            "n_flagged": len(rows),
            "accuracy": accuracy,
            "is_weak": accuracy < _WEAK,
        },
    )


_TEXT = {"given": pl.String(), "looks like": pl.String()}


def _contradicted(labels: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Which labels (n,) confident learning holds for wrong."""
    from cleanlab.filter import find_label_issues

    present, ids = np.unique(labels, return_inverse=True)  # cleanlab knows no empty class
    among = p[:, present] + 1e-12
    among /= among.sum(axis=1, keepdims=True)
    found: np.ndarray = find_label_issues(ids, among, filter_by="both", n_jobs=1)
    contradicted: np.ndarray = found & (p.argmax(axis=1) != labels)
    return contradicted


def _examples(judged: Judged, wrong: np.ndarray, likely: np.ndarray) -> dict[int, tuple[int, ...]]:
    """By flagged row: the surest images of the class it looks like and of the one it was given."""
    own = judged.p[np.arange(len(judged.rows)), judged.labels]
    order = np.argsort(-own, kind="stable")
    classes, first = np.unique(judged.labels[order], return_index=True)
    surest = dict(zip(classes.tolist(), judged.rows[order[first]].tolist(), strict=True))
    places = np.flatnonzero(wrong)
    pairs = zip(places, likely[places], judged.labels[places], strict=True)
    return {
        int(judged.rows[i]): tuple(surest[c] for c in (looks, given) if c in surest)
        for i, looks, given in pairs
    }


def _said(n: int, pairs: pl.DataFrame, accuracy: float, by: str) -> tuple[str, ...]:
    n_wrong = int(pairs["images"].sum())
    is_weak = accuracy < _WEAK
    wrong = "contradicted" if is_weak else "probably wrong"
    are = "is" if n_wrong == 1 else "are"
    first = f"{n_wrong:,} of {n:,} labels ({n_wrong / n:.1%}) {are} {wrong}."
    if n_wrong:
        given, looks, most = pairs.row(0)
        first += f" Most often {given} that looks like {looks} ({most:,})."
    else:
        first = f"None of {n:,} labels is contradicted."
    how = f"Judged by {by} that never saw the image or its group; it agrees with {accuracy:.1%}"
    said = (first, f"{how} of the labels.")
    if not is_weak or not n_wrong:
        return said
    weak = "Much of this list is its own mistakes, so that no label is suggested as a decision"
    if by == "a network":
        return (*said, f"{weak}.")
    better = (
        "the out-of-fold answers of a trained network (`buffycoat train --all-folds`) tell more"
    )
    return (*said, f"{weak}; {better}.")
