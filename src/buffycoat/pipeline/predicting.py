"""`buffycoat predict`: a trained network on new images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from buffycoat.errors import InputError, SettingError
from buffycoat.pipeline.console import say
from buffycoat.pipeline.given import several
from buffycoat.pipeline.loading import load_run, train_settings
from buffycoat.pipeline.new_answers import answer_images
from buffycoat.pipeline.standardising import with_standards
from buffycoat.pipeline.summary import say_frame
from buffycoat.prediction.views import ViewName
from buffycoat.runs import Run
from buffycoat.sources.detect import read_unlabelled
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.files import check_table_place
from buffycoat.tables.predictions import PredictionTable, write_predictions
from buffycoat.training.settings import TrainSettings

__all__ = ["predict"]


def predict(
    run: Path,
    images: tuple[str, ...],
    /,
    *,
    out: Path | None = None,
    views: ViewName | None = None,
    review: int = 0,
    standardise: bool = False,
) -> PredictionTable:
    """Classify images with a trained run; an unreadable image becomes a row with a reason.

    The images of a sample table are decoded into the store that trainings and other predictions
    share; other images are read as they come, and leave nothing behind.

    Args:
        run: A run folder.
        images: Image files, folders, globs, .npz files, or one sample table.
        out: The prediction table to write (Parquet, or CSV).
        views: Views of each image that answers are averaged over; by default the run's own.
        review: Put the most doubtful answers first, and print so many of them.
        standardise: Estimate scale, white and stain of these images first, for a run that brings
            images to standards: those that tell nothing of them are answered as they are.

    Raises:
        RunError: when the run is incomplete or altered.
        InputError: when there is no image.
        SettingError: when `review` is negative, the table's name ends in neither .csv nor .parquet,
            or images are to be standardised for a run without standards.
        DiskError: when the table cannot be written.
    """
    if review < 0:
        raise SettingError(f"review is {review}: it is how many answers to print, 0 or more")
    if out:
        check_table_place(out)
    images = several(images)
    samples = read_unlabelled(images)
    if not len(samples.frame):
        raise InputError(f"there is no image in {', '.join(map(str, images))}")
    opened, network = load_run(run)
    classes, settings = opened.facts["classes"], train_settings(opened)
    settings = replace(settings, views=views) if views else settings
    if standardise:
        _check_standards(opened, settings)
        samples = with_standards(samples)
    precision = opened.facts["precision"]
    answers = answer_images(network, samples, settings, precision, stored=_is_one_table(images))
    table = answer_rows(samples.frame, answers.p, classes, opened.run_id, failures=answers.failures)
    return _finished(table, out, review)


def _check_standards(run: Run, settings: TrainSettings) -> None:
    if not settings.images.standards.standards:
        said = f"run {run.run_id} brings images to no standard"
        raise SettingError(f"{said}: leave out --standardise, or see `buffycoat adapt`")


def _is_one_table(images: tuple[str, ...]) -> bool:
    return len(images) == 1 and Path(images[0]).suffix.lower() == ".parquet"


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
