"""What a training leaves behind for evaluation: its answers and those of the baselines."""

from __future__ import annotations

import numpy as np
import polars as pl

from buffycoat.batches.store import Store
from buffycoat.evaluation.baselines import baseline_predictions
from buffycoat.models.network import Network
from buffycoat.pipeline.facts import data_facts
from buffycoat.prediction.device import best_device, resolve_precision
from buffycoat.prediction.predict import predict_rows
from buffycoat.runs import Run
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.predictions import write_predictions
from buffycoat.tables.samples import SampleTable
from buffycoat.training.settings import TrainSettings

__all__ = ["write_answers"]

_GONE = "the image could not be read when the store was made"


def write_answers(
    run: Run, samples: SampleTable, store: Store, network: Network, settings: TrainSettings
) -> None:
    """Write the run's answers for validation and test rows, and the baselines' for the same."""
    frame = samples.usable.filter(pl.col("split").is_in(["validation", "test"]))
    rows = store.rows_of(frame)
    precision = resolve_precision(settings.hardware.precision, best_device())
    p = np.zeros((len(frame), len(samples.classes)), np.float32)
    p[rows >= 0] = predict_rows(
        network, store.pixels, rows[rows >= 0], precision=precision, views=settings.views
    )
    missing = np.flatnonzero(rows < 0)
    failures = {int(i): store.failures.get(frame["pixels_sha256"][int(i)], _GONE) for i in missing}
    facts = data_facts(samples)
    table = answer_rows(frame, p, samples.classes, run.run_id, failures=failures, facts=facts)
    write_predictions(table, run.part("predictions.parquet"))
    known = samples.usable.filter(pl.col("split").is_not_null())
    baselines = baseline_predictions(
        images=store.pixels,
        rows=store.rows_of(known),
        frame=known,
        classes=samples.classes,
        seed=settings.seed,
    )
    write_predictions(baselines, run.part("baselines.parquet"))
