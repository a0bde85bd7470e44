"""Test rows as a competition would give them, with what the run says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from buffycoat.errors import BundleError, InputError, SettingError
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.stream import stream_images
from buffycoat.pipeline.console import progress
from buffycoat.pipeline.loading import load_run, train_settings
from buffycoat.prediction.bundle.class_ids import number_classes
from buffycoat.prediction.bundle.writing import GIVEN_PX
from buffycoat.prediction.predict import predict_chunks
from buffycoat.prediction.views import VIEWS
from buffycoat.tables.samples import read_samples

__all__ = ["BundleRows", "answer_bundle_rows"]

_MAX_ROWS = 10_000
_CHUNK = 256


@dataclass(frozen=True)
class BundleRows:
    """Test rows with the answers that a bundle must give to them."""

    pixels: np.ndarray
    """Uint8 (N, 96, 96, 3)."""
    wanted: np.ndarray
    """The run's answers, class ids (N,)."""
    labels: np.ndarray
    """What they are, class ids (N,); -1 for a class that the run has not."""


def answer_bundle_rows(
    run: Path, table: Path | None, *, class_ids: Mapping[str, int], facts: Mapping[str, Any]
) -> BundleRows:
    """The run's answers to its test rows, seen at 96 px, in float32 and with the bundle's views.

    Args:
        run: The run folder.
        table: The table of the rows; the run's own without it.
        class_ids: The bundle's numbers; the run's without them.
        facts: What the bundle says of its views.

    Raises:
        RunError: when the run is incomplete or altered.
        BundleError: when the bundle has no number for a class of the run.
        InputError: when there is no test row that can be read.
        SettingError: when the run brings its images to standards.
    """
    opened, network = load_run(run)
    settings = train_settings(opened)
    if settings.images.standards.standards:
        said = f"{run} brings images to standards by what their smears tell; images of 96 px do not"
        raise SettingError(f"{said}: no bundle can be held against it")
    classes = opened.facts["classes"]
    numbers = dict(class_ids) or number_classes(classes, opened.facts.get("class_ids") or {}, {})
    missing = [name for name in classes if name not in numbers]
    if missing:
        said = f"classes.json has no number for {', '.join(missing)}, which {run} answers"
        raise BundleError(f"{said}: give the run that the bundle is of")
    pixels, labels = _test_rows(table or opened.part("samples.parquet"), settings.images)
    fitted = (_fitted(chunk, settings.images) for chunk in _chunks(pixels))
    views = facts.get("views")
    answers = predict_chunks(
        network,
        fitted,
        precision="fp32",  # as bundles compute: bfloat16 turns what is nearly a tie
        views=views if isinstance(views, str) and views in VIEWS else settings.views,
    )
    with progress("answering with the run", len(pixels)) as moved:
        best: list[int] = []
        for p in answers:
            best += p.argmax(1).tolist()
            moved(len(best), len(pixels))
    wanted = np.array([numbers[classes[i]] for i in best], np.int64)
    return BundleRows(pixels, wanted, np.array([numbers.get(n, -1) for n in labels], np.int64))


def _test_rows(table: Path, images: ImageSettings) -> tuple[np.ndarray, list[str]]:
    """Pixels (N, 96, 96, 3) and labels of the test rows, brought to size as the run does it."""
    samples = read_samples(table)
    frame = samples.usable.filter(pl.col("split") == "test")
    if len(frame) > _MAX_ROWS:  # evenly, and the same ones every time
        frame = frame[np.linspace(0, len(frame) - 1, _MAX_ROWS).astype(np.int64)]
    given = ImageSettings(GIVEN_PX, images.fit)
    pixels = np.empty((len(frame), *GIVEN_PX, 3), np.uint8)
    is_read = np.zeros(len(frame), bool)
    with progress("reading test rows", len(frame)) as moved:
        for place, image in stream_images(samples.root, frame):
            if not isinstance(image, Exception):
                pixels[place], is_read[place] = fit_image(image, given), True
            moved(place + 1, len(frame))
    if not is_read.any():
        raise InputError(f"{table} has no labelled image in test that can be read: give --table")
    return pixels[is_read], frame["label"].filter(pl.Series(is_read)).to_list()


def _chunks(pixels: np.ndarray) -> list[np.ndarray]:
    return [pixels[start : start + _CHUNK] for start in range(0, len(pixels), _CHUNK)]


def _fitted(pixels: np.ndarray, images: ImageSettings) -> np.ndarray:
    return np.stack([fit_image(image, images) for image in pixels])
