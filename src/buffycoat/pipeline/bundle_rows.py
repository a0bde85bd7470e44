"""Test rows as a competition would give them, with what the runs say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from buffycoat.errors import BundleError, InputError, SettingError
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.stream import stream_images
from buffycoat.pipeline.adaptation.learned import learned_rows, new_rows
from buffycoat.pipeline.bundling import check_classes_agree
from buffycoat.pipeline.console import progress
from buffycoat.pipeline.loading import load_run, train_settings
from buffycoat.prediction.bundle.class_ids import number_classes
from buffycoat.prediction.bundle.writing import GIVEN_PX
from buffycoat.prediction.predict import predict_chunks
from buffycoat.prediction.views import VIEWS, ViewName
from buffycoat.runs import Run, open_run
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
    """The answers of the run, or of the mean of the runs: class ids (N,)."""
    labels: np.ndarray
    """What they are, class ids (N,); -1 for a class that the runs have not."""
    is_new: np.ndarray
    """Bool (N,): whether no run learned from them, so that being right says something."""


def answer_bundle_rows(
    runs: Sequence[Path], table: Path | None, *, class_ids: Mapping[str, int], facts: dict[str, Any]
) -> BundleRows:
    """The runs' answers to test rows, seen at 96 px, in float32 and with the bundle's views.

    Args:
        runs: The run folders; the mean of several.
        table: The table of the rows; the first run's own without it.
        class_ids: The bundle's numbers; the first run's without them.
        facts: What the bundle says of its networks.

    Raises:
        RunError: when a run is incomplete or altered.
        BundleError: when the bundle has no number for a class of the runs, or is of more or fewer.
        InputError: when there is no test row that can be read.
        SettingError: when a run brings its images to standards, or they differ in their classes.
    """
    opened = [open_run(Path(path)) for path in runs]
    for run in opened:
        _check_standards(run)
    check_classes_agree(opened)
    classes, own = opened[0].facts["classes"], opened[0].facts.get("class_ids") or {}
    numbers = dict(class_ids) or number_classes(classes, own, {})
    missing = [name for name in classes if name not in numbers]
    if missing:
        said = f"classes.json has no number for {', '.join(missing)}, which {runs[0]} answers"
        raise BundleError(f"{said}: give the run that the bundle is of")
    views = _views(opened, facts)
    pixels, frame = _test_rows(table or opened[0].part("samples.parquet"), opened[0])
    best = _mean_answers(opened, views, pixels).argmax(1)
    new = new_rows(frame, pl.concat([learned_rows(run) for run in opened]))
    return BundleRows(
        pixels,
        np.array([numbers[name] for name in classes], np.int64)[best],
        np.array([numbers.get(name, -1) for name in frame["label"]], np.int64),
        frame["sample_id"].is_in(new["sample_id"].to_list()).to_numpy(),
    )


def _check_standards(run: Run) -> None:
    if train_settings(run).images.standards.standards:
        said = f"{run.path} brings images to standards by what their smears tell"
        raise SettingError(f"{said}; images of 96 px do not: no bundle can be held against it")


def _views(runs: Sequence[Run], facts: Mapping[str, Any]) -> list[ViewName | None]:
    """The views that the bundle says it takes for each run; None where it says nothing.

    Raises:
        BundleError: when it says that it is of more runs, or of fewer.
    """
    listed = facts.get("networks")
    networks = listed if isinstance(listed, list) else [facts] if "run" in facts else []
    told = [(str(n.get("run")), n.get("views")) for n in networks if isinstance(n, dict)]
    if told and len(told) != len(runs):
        said = f"the bundle is of {len(told)} runs ({', '.join(name for name, _ in told)})"
        raise BundleError(f"{said}, and --run names {len(runs)}: give those that it is of")
    found: list[ViewName | None] = []
    for i, run in enumerate(runs):
        is_next = bool(told) and told[i][0] == run.run_id  # else they come in another order
        views = told[i][1] if is_next else dict(told).get(run.run_id)
        found.append(views if isinstance(views, str) and views in VIEWS else None)
    return found


def _mean_answers(
    runs: Sequence[Run], views: Sequence[ViewName | None], pixels: np.ndarray
) -> np.ndarray:
    """Probabilities (N, C), the mean of the runs', of which one at a time is in memory."""
    n = len(pixels)
    total = np.zeros((n, len(runs[0].facts["classes"])))
    with progress("answering with the run", n * len(runs)) as moved:
        for i, run in enumerate(runs):

            def done(k: int, before: int = i * n) -> None:
                moved(before + k, n * len(runs))

            total += _answers(run, views[i], pixels, done)
    return total / len(runs)


def _answers(
    run: Run, views: ViewName | None, pixels: np.ndarray, done: Callable[[int], None]
) -> np.ndarray:
    _, network = load_run(run.path)
    settings = train_settings(run)
    fitted = (_fitted(chunk, settings.images) for chunk in _chunks(pixels))
    # In float32, as bundles compute: bfloat16 turns what is nearly a tie.
    answers = predict_chunks(network, fitted, precision="fp32", views=views or settings.views)
    found: list[np.ndarray] = []
    for p in answers:
        found.append(p)
        done(min(len(pixels), len(found) * _CHUNK))
    return np.concatenate(found)


def _test_rows(table: Path, run: Run) -> tuple[np.ndarray, pl.DataFrame]:
    """Pixels (N, 96, 96, 3) of the rows in test, fitted as the run does it, and these rows."""
    samples = read_samples(table)
    frame = samples.usable.filter(pl.col("split") == "test")
    if len(frame) > _MAX_ROWS:  # evenly, and the same ones every time
        frame = frame[np.linspace(0, len(frame) - 1, _MAX_ROWS).astype(np.int64)]
    given = ImageSettings(GIVEN_PX, train_settings(run).images.fit)
    pixels = np.empty((len(frame), *GIVEN_PX, 3), np.uint8)
    is_read = np.zeros(len(frame), bool)
    with progress("reading test rows", len(frame)) as moved:
        for place, image in stream_images(samples.root, frame):
            if not isinstance(image, Exception):
                pixels[place], is_read[place] = fit_image(image, given), True
            moved(place + 1, len(frame))
    if not is_read.any():
        raise InputError(f"{table} has no labelled image in test that can be read: give --table")
    return pixels[is_read], frame.filter(pl.Series(is_read))


def _chunks(pixels: np.ndarray) -> list[np.ndarray]:
    return [pixels[start : start + _CHUNK] for start in range(0, len(pixels), _CHUNK)]


def _fitted(pixels: np.ndarray, images: ImageSettings) -> np.ndarray:
    return np.stack([fit_image(image, images) for image in pixels])
