"""What a network says of new images, from the store of a table or from files as they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.standards.columns import row_smears
from buffycoat.images.stream import stream_images
from buffycoat.models.network import Network
from buffycoat.pipeline.console import progress
from buffycoat.pipeline.storing import store_images, warn_of_unknown
from buffycoat.prediction.predict import predict_chunks, predict_rows
from buffycoat.tables.samples import SampleTable
from buffycoat.training.settings import TrainSettings

__all__ = ["NewAnswers", "answer_images"]

_CHUNK = 256


@dataclass
class NewAnswers:
    """What a network says of images, row by row."""

    p: np.ndarray
    """Probabilities (N, C), 0 where there is no answer."""
    failures: dict[int, str] = field(default_factory=dict)
    """Why a row has none."""


def answer_images(
    network: Network,
    samples: SampleTable,
    settings: TrainSettings,
    precision: Literal["bf16", "fp32"],
    *,
    stored: bool,
) -> NewAnswers:
    """The probabilities of every image of a table, or why there are none.

    Args:
        network: On its device.
        samples: The images, with or without labels.
        settings: What the network was trained with.
        precision: What it computes in.
        stored: Decode the images into the store that trainings share, or find them there.
    """
    answers = NewAnswers(np.zeros((len(samples.frame), network.n_classes), np.float32))
    rest = np.arange(len(samples.frame))
    if stored:
        rest = _from_store(network, samples, settings, precision, answers)
    if len(rest):
        _from_files(network, samples, rest, settings, precision, answers)
    return answers


def _from_store(
    network: Network,
    samples: SampleTable,
    settings: TrainSettings,
    precision: Literal["bf16", "fp32"],
    answers: NewAnswers,
) -> np.ndarray:
    """Answer the rows whose images are in the table's store; the numbers of all others."""
    store = store_images(samples, settings.images)
    rows = store.rows_of(samples.frame)
    is_stored = rows >= 0
    with progress("predicting", int(is_stored.sum())) as moved:
        answers.p[is_stored] = predict_rows(
            network,
            store.pixels,
            rows[is_stored],
            precision=precision,
            views=settings.views,
            on_progress=moved,
        )
    return np.flatnonzero(~is_stored)


def _from_files(
    network: Network,
    samples: SampleTable,
    numbers: np.ndarray,
    settings: TrainSettings,
    precision: Literal["bf16", "fp32"],
    answers: NewAnswers,
) -> None:
    """Answer rows by reading their images now; those that cannot be read get the reason."""
    filled: list[int] = []
    if len(numbers) == len(samples.frame):  # a store has said it already
        warn_of_unknown(samples, settings.images)
    chunks = _chunks(samples, numbers, settings.images, filled, answers.failures)
    done = 0
    with progress("predicting", len(numbers)) as moved:
        for found in predict_chunks(network, chunks, precision=precision, views=settings.views):
            answers.p[filled[done : done + len(found)]] = found
            done += len(found)
            moved(done + len(answers.failures), len(numbers))


def _chunks(
    samples: SampleTable,
    numbers: np.ndarray,
    settings: ImageSettings,
    filled: list[int],
    failures: dict[int, str],
) -> Iterator[np.ndarray]:
    """Fitted images in chunks; notes which rows they are, and which rows failed and why."""
    waiting: list[np.ndarray] = []
    smears = row_smears(samples.frame[numbers], settings.standards)
    for place, image in stream_images(samples.root, samples.frame[numbers]):
        row = int(numbers[place])
        if isinstance(image, Exception):
            failures[row] = str(image)
            continue
        waiting.append(fit_image(image, settings, smears[place]))
        filled.append(row)
        if len(waiting) == _CHUNK:
            yield np.stack(waiting)
            waiting = []
    if waiting:
        yield np.stack(waiting)
