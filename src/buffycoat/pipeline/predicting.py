"""`buffycoat predict` and `buffycoat embed`: a trained network on new images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from buffycoat.errors import InputError, SettingError
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.stream import stream_images
from buffycoat.pipeline.console import progress, say
from buffycoat.pipeline.given import several
from buffycoat.pipeline.loading import load_run, train_settings
from buffycoat.pipeline.storing import store_images
from buffycoat.pipeline.summary import say_frame
from buffycoat.prediction.predict import embed_rows, predict_chunks
from buffycoat.sources.detect import read_unlabelled
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.files import check_writable, replacing
from buffycoat.tables.predictions import PredictionTable, write_predictions
from buffycoat.tables.samples import SampleTable, read_samples

__all__ = ["embed", "predict"]

_CHUNK = 256


def predict(
    run: Path,
    images: tuple[str, ...],
    /,
    *,
    out: Path | None = None,
    review: int = 0,
) -> PredictionTable:
    """Classify images with a trained run; an unreadable image becomes a row with a reason.

    Args:
        run: A run folder.
        images: Image files, folders, globs, .npz files, or one sample table.
        out: The prediction table to write (Parquet, or CSV).
        review: Put the most doubtful answers first, and print so many of them.

    Raises:
        RunError: when the run is incomplete or altered.
        InputError: when there is no image.
        SettingError: when `review` is negative.
        DiskError: when the table cannot be written.
    """
    if review < 0:
        raise SettingError(f"review is {review}: it is how many answers to print, 0 or more")
    if out:
        check_writable(out)
    images = several(images)
    samples = read_unlabelled(images)
    if not len(samples.frame):
        raise InputError(f"there is no image in {', '.join(map(str, images))}")
    opened, network = load_run(run)
    classes, settings = opened.facts["classes"], train_settings(opened)
    p = np.zeros((len(samples.frame), len(classes)), np.float32)
    failures: dict[int, str] = {}
    filled: list[int] = []
    with progress("predicting", len(samples.frame)) as moved:
        chunks = _chunks(samples, settings.images, filled, failures)
        done, precision = 0, opened.facts["precision"]
        for found in predict_chunks(network, chunks, precision=precision, views=settings.views):
            p[filled[done : done + len(found)]] = found
            done += len(found)
            moved(done + len(failures), len(samples.frame))
    table = answer_rows(samples.frame, p, classes, opened.run_id, failures=failures)
    return _finished(table, out, review)


def _chunks(
    samples: SampleTable,
    settings: ImageSettings,
    filled: list[int],
    failures: dict[int, str],
) -> Iterator[np.ndarray]:
    """Fitted images in chunks; notes which rows they are, and which rows failed and why."""
    waiting: list[np.ndarray] = []
    for row, image in stream_images(samples.root, samples.frame):
        if isinstance(image, Exception):
            failures[row] = str(image)
            continue
        waiting.append(fit_image(image, settings))
        filled.append(row)
        if len(waiting) == _CHUNK:
            yield np.stack(waiting)
            waiting = []
    if waiting:
        yield np.stack(waiting)


def _finished(table: PredictionTable, out: Path | None, review: int) -> PredictionTable:
    n_failed = table.frame["failed_because"].count()
    say(f"{len(table.frame) - n_failed} images answered, {n_failed} could not be read")
    for row in table.frame.drop_nulls("failed_because").head(1).iter_rows(named=True):
        say(f"the first of these: {row['path']}: {row['failed_because']}", "yellow")
    if review:
        table = _doubtful_first(table)
        shown = ["path", "predicted", "probability", "failed_because"]
        best = pl.max_horizontal(f"p_{name}" for name in table.classes).alias("probability")
        say_frame(table.frame.head(review).with_columns(best).select(shown), "most doubtful first")
    if out:
        write_predictions(table, out)
        say(f"prediction table: {out}")
    return table


def _doubtful_first(table: PredictionTable) -> PredictionTable:
    best = pl.max_horizontal(f"p_{name}" for name in table.classes)
    frame = table.frame.sort(best, "sample_id", nulls_last=False)
    return PredictionTable(frame, table.classes, table.facts)


def embed(run: Path, table: Path | SampleTable, /, *, out: Path | None = None) -> np.ndarray:
    """Features (N, D) that a run's backbone gives for each row of a sample table, as .npy.

    A row whose image cannot be read has NaN in its place, so that rows stay aligned.

    Args:
        run: A run folder.
        table: A sample table.
        out: The .npy file to write.

    Raises:
        RunError: when the run is incomplete or altered.
        DiskError: when the file cannot be written.
    """
    if out:
        check_writable(out)
    opened, network = load_run(run)
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    store = store_images(samples, train_settings(opened).images)
    rows = store.rows_of(samples.frame)
    features = np.full((len(rows), network.n_features), np.nan, np.float32)
    with progress("embedding", len(rows)) as moved:
        features[rows >= 0] = embed_rows(
            network,
            store.pixels,
            rows[rows >= 0],
            precision=opened.facts["precision"],
            on_progress=moved,
        )
    if out:
        with replacing(Path(out)) as beside, beside.open("wb") as file:
            np.save(file, features)
        say(f"features {features.shape}: {out}")
    return features
