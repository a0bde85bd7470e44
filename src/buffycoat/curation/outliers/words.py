"""What the views of outliers say, in words and small tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from buffycoat.curation.outliers.views import View

__all__ = ["reason_of", "said_of", "views_table"]

_METHODS = {
    "pca": "robust PCA",
    "neighbours": "the distance to others",
    "density": "HDBSCAN",
    "class": "the distance to its class",
    "embeddings": "a network's features",
}
_IN_SPACE = {
    "whole": "as a whole",
    "stain": "in its stain",
    "axes": "by the main axes",
    "embeddings": "to the network",
}


def reason_of(views: Sequence[View], row: int, n_alike: int) -> str:
    """Why a row is flagged: which views agree, and in what; and how many rows show the picture."""
    known = [view for view in views if np.isfinite(view.score[row])]
    agree = [view for view in known if view.score[row] >= 0.5]
    others = [_METHODS.get(v.name, v.name) for v in known if v.score[row] < 0.5]
    named = (
        f"{_METHODS.get(v.name, v.name)} ({_IN_SPACE[v.space[row]]}, {_times(v.score[row])})"
        for v in agree
    )
    said = f"unlike the others by {', '.join(named)} the limit"
    said += f"; not by {', '.join(others)}" if others else ""
    return said + (f"; {n_alike} images show this picture" if n_alike > 1 else "")


def _times(score: float) -> str:
    return f"{score / (1 - score):.2f} times"


def said_of(flags: np.ndarray, checked: np.ndarray, n_pictures: int, n_repeated: int) -> list[str]:
    """Sentences: how many images are outliers, and how many different pictures they are.

    Args:
        flags: Which rows (N,) are flagged.
        checked: Which rows (N,) were judged.
        n_pictures: Different pictures among the flagged.
        n_repeated: Flagged rows whose picture is there more than once.
    """
    n, n_checked = int(flags.sum()), int(checked.sum())
    if not n:
        return [f"None of {n_checked:,} images is unlike the others by two methods."]
    are = "is" if n == 1 else "are"
    said = [f"{n:,} of {n_checked:,} images {are} unlike the others by two methods or more."]
    if n_repeated:
        pictures = "one picture" if n_pictures == 1 else f"{n_pictures:,} pictures"
        said.append(f"They show {pictures}; {n_repeated:,} of them have (nearly) identical others.")
    return said


def views_table(views: Sequence[View], voting: Sequence[str], flags: np.ndarray) -> pl.DataFrame:
    """By view: images at its limit, how many of these are flagged, and whether it votes."""
    over = [np.nan_to_num(view.score) >= 0.5 for view in views]
    return pl.DataFrame(
        {
            "method": [_METHODS.get(view.name, view.name) for view in views],
            "images at its limit": [int(at.sum()) for at in over],
            "of these flagged": [int((at & flags).sum()) for at in over],
            "votes": ["yes" if view.name in voting else "no" for view in views],
        }
    )
