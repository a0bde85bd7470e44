"""Checks put to a table: two columns each, each image read once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl

from buffycoat.curation.checks import quality, shape
from buffycoat.curation.checks.check import Check, checks
from buffycoat.errors import ImageError, SettingError
from buffycoat.images.loading import Loaded
from buffycoat.images.stream import map_images
from buffycoat.tables.samples import SampleTable

__all__ = ["BUILT_IN", "check_names", "score_samples"]

BUILT_IN = (quality, shape)
"""The files that register the checks of this package."""


def check_names() -> list[str]:
    """The names of all checks, those of plugins among them."""
    return list(checks)


def score_samples(
    samples: SampleTable,
    chosen: Sequence[Check],
    *,
    n_threads: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """The frame with `check_<name>` (the score) and `flag_<name>` (whether it is out of limits).

    Rows that were excluded before are not scored, nor do they count for what is usual in the
    table; there, and where there is no image, both columns are empty.

    Args:
        samples: The table.
        chosen: The checks.
        n_threads: Decoders at work; by default one for each processor.
        on_progress: Called with the number of images done so far.

    Raises:
        SettingError: when a check fails or gives what is no number, with the row.
    """
    kept = samples.frame["excluded_because"].is_null().to_numpy()
    inside = replace(samples, frame=samples.frame.filter(kept))
    of_image = [check for check in chosen if not check.of_table]
    scores = {check.name: _table_scores(check, inside) for check in chosen if check.of_table}
    if of_image:
        found = _image_scores(of_image, inside, n_threads, on_progress)
        scores |= {check.name: found[:, i] for i, check in enumerate(of_image)}
    whole = {name: _spread(values, kept) for name, values in scores.items()}
    columns = [column for check in chosen for column in _columns(check, whole[check.name])]
    return samples.frame.with_columns(columns)


def _spread(values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Values of the kept rows at their places among all (N,); NaN at the others."""
    whole = np.full(len(kept), np.nan)
    whole[kept] = values
    return whole


def _columns(check: Check, scores: np.ndarray) -> tuple[pl.Series, pl.Series]:
    known = np.isfinite(scores)
    flags = pl.Series(f"flag_{check.name}", check.limits.flagged(scores))
    flags = flags.to_frame().select(pl.when(pl.Series(known)).then(pl.col(flags.name))).to_series()
    return pl.Series(f"check_{check.name}", scores, nan_to_null=True), flags


def _image_scores(
    chosen: Sequence[Check],
    samples: SampleTable,
    n_threads: int | None,
    on_progress: Callable[[int], None] | None,
) -> np.ndarray:
    """Scores (N, K) of N rows by K checks; NaN where there is no image."""
    rows = samples.frame.select("path", "item", "box")
    found = np.full((len(rows), len(chosen)), np.nan)
    work = partial(_scored, chosen, samples.frame["sample_id"])
    for row, scores in map_images(work, samples.root, rows, n_threads=n_threads):
        found[row] = scores
        if on_progress:
            on_progress(row + 1)
    return found


def _scored(chosen: Sequence[Check], names: pl.Series, loaded: Loaded) -> list[float]:
    if isinstance(loaded.image, ImageError):
        return [np.nan] * len(chosen)
    loaded.image.flags.writeable = False  # one check cannot change what the next one sees
    return [_number(check, loaded.image, names[loaded.row]) for check in chosen]


def _number(check: Check, image: np.ndarray, sample: str) -> float:
    try:
        score = float(check.score(image))
    except Exception as error:
        raise SettingError(f"check {check.name!r} fails on {sample}: {error!r}") from error
    if not np.isfinite(score):
        raise SettingError(f"check {check.name!r} gives {score} for {sample}, not a number")
    return score


def _table_scores(check: Check, samples: SampleTable) -> np.ndarray:
    """Scores (N,) of all rows; NaN where the check knows nothing."""
    try:
        scores = np.array(check.score(samples), dtype=np.float64)
    except Exception as error:
        raise SettingError(f"check {check.name!r} fails: {error!r}") from error
    if scores.shape != (len(samples.frame),) or np.isinf(scores).any():
        said = (
            f"gives scores of shape {scores.shape} for {len(samples.frame)} rows, or infinite ones"
        )
        raise SettingError(f"check {check.name!r} {said}")
    return scores
