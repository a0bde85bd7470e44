"""What a network says of new images, from the store of a table or from files as they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from buffycoat.images.fit import fit_image
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


@dataclass(frozen=True)
class _Question:
    """Who answers for which images, and how."""

    network: Network
    samples: SampleTable
    settings: TrainSettings
    precision: Literal["bf16", "fp32"]


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
    asked = _Question(network, samples, settings, precision)
    answers = NewAnswers(np.zeros((len(samples.frame), network.n_classes), np.float32))
    rest = _from_store(asked, answers) if stored else np.arange(len(samples.frame))
    if len(rest):
        _from_files(asked, rest, answers)
    return answers


def _from_store(asked: _Question, answers: NewAnswers) -> np.ndarray:
    """Answer the rows whose images are in the table's store; the numbers of all others."""
    store = store_images(asked.samples, asked.settings.images)
    rows = store.rows_of(asked.samples.frame)
    is_stored = rows >= 0
    with progress("predicting", int(is_stored.sum())) as moved:
        answers.p[is_stored] = predict_rows(
            asked.network,
            store.pixels,
            rows[is_stored],
            precision=asked.precision,
            views=asked.settings.views,
            on_progress=moved,
        )
    return np.flatnonzero(~is_stored)


def _from_files(asked: _Question, numbers: np.ndarray, answers: NewAnswers) -> None:
    """Answer rows by reading their images now; those that cannot be read get the reason."""
    if len(numbers) == len(asked.samples.frame):  # a store has said it already
        warn_of_unknown(asked.samples, asked.settings.images)
    filled: list[int] = []
    chunks = _chunks(asked, numbers, filled, answers.failures)
    done = 0
    with progress("predicting", len(numbers)) as moved:
        for found in predict_chunks(
            asked.network, chunks, precision=asked.precision, views=asked.settings.views
        ):
            answers.p[filled[done : done + len(found)]] = found
            done += len(found)
            moved(done + len(answers.failures), len(numbers))


def _chunks(
    asked: _Question, numbers: np.ndarray, filled: list[int], failures: dict[int, str]
) -> Iterator[np.ndarray]:
    """Fitted images in chunks; notes which rows they are, and which rows failed and why."""
    frame, fit = asked.samples.frame[numbers], asked.settings.images
    smears = row_smears(frame, fit.standards)
    waiting: list[np.ndarray] = []
    for place, image in stream_images(asked.samples.root, frame):
        row = int(numbers[place])
        if isinstance(image, Exception):
            failures[row] = str(image)
            continue
        waiting.append(fit_image(image, fit, smears[place]))
        filled.append(row)
        if len(waiting) == _CHUNK:
            yield np.stack(waiting)
            waiting = []
    if waiting:
        yield np.stack(waiting)
