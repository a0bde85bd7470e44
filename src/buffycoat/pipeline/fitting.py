"""One training, from the store to a sealed run folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from buffycoat.batches.store import Store
from buffycoat.errors import SplitError
from buffycoat.evaluation.baselines import baseline_predictions
from buffycoat.models.build import build_network
from buffycoat.models.network import Network
from buffycoat.models.saving import save_network
from buffycoat.pipeline.budget import Budget
from buffycoat.pipeline.console import console, say
from buffycoat.pipeline.storing import store_images
from buffycoat.prediction.device import best_device, resolve_precision, using_threads
from buffycoat.prediction.predict import predict_rows
from buffycoat.registry import Choice
from buffycoat.runs import Run
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.predictions import write_predictions
from buffycoat.tables.samples import SampleTable, data_hash, write_samples
from buffycoat.training.fit import fit, remove_checkpoints
from buffycoat.training.module import TrainingData
from buffycoat.training.recipe import to_dict, to_toml
from buffycoat.training.records import Fitted, PhaseRecord
from buffycoat.training.settings import TrainSettings
from buffycoat.training.timetable import Clock

__all__ = ["data_facts", "fit_run"]

PARTS = (
    "network.safetensors",
    "samples.parquet",
    "predictions.parquet",
    "baselines.parquet",
    "history.csv",
    "recipe.toml",
)
_CLOSING_S = 15.0
_GONE = "the image could not be read when the store was made"


def fit_run(
    run: Run,
    samples: SampleTable,
    settings: TrainSettings,
    *,
    budget: Budget | None = None,
    repeat: Sequence[PhaseRecord] = (),
) -> Run:
    """Train in a run folder that was started, answer validation and test rows, and seal it.

    Raises:
        SplitError: when the table has no training or validation rows, or a class lacks them.
    """
    began = time.monotonic()
    _check_split(samples)
    write_samples(samples, run.part("samples.parquet"))
    store = store_images(samples, settings.images)
    settings = _with_own_model(settings, run)
    with using_threads(settings.hardware.n_threads):
        network = build_network(
            settings.network,
            len(samples.classes),
            image_px=settings.images.image_px,
            seed=settings.seed,
        )
        said = f"weights: {network.facts['weights']} (licence: {network.facts['licence']})"
        say(f"network: {settings.network.model.name}, {said}")
        data = _rows_by_split(samples, store)
        clock = Clock(budget.deadline - _CLOSING_S) if budget else None
        fitted = fit(
            network,
            data,
            settings,
            run.path,
            clock=clock,
            repeat=repeat,
            console=console,
        )
        _answer(run, samples, store, network, settings)
    save_network(network, run.part("network.safetensors"))
    run.part("recipe.toml").write_text(to_toml(settings, f"the settings of run {run.run_id}"))
    remove_checkpoints(run.path)
    facts = _facts(samples, settings, network, fitted, time.monotonic() - began)
    parts = [*PARTS, *(["model.py"] if run.part("model.py").is_file() else [])]
    return run.sealed(*parts, **facts)


def _check_split(samples: SampleTable) -> None:
    usable = samples.usable
    for split in ("train", "validation"):
        there = usable.filter(pl.col("split") == split)
        if not len(there):
            said = "run `buffycoat split` on the table first"
            raise SplitError(f"the table has no {split} rows: {said}")
        missing = sorted(set(samples.classes) - set(there["label"]))
        if split == "train" and missing:
            raise SplitError(f"class {missing[0]!r} has no training rows: split again")


def _with_own_model(settings: TrainSettings, run: Run) -> TrainSettings:
    """A user's own model file is kept with the run, so that the run stands alone."""
    file, _, name = settings.network.model.name.partition(".py:")
    if not name:
        return settings
    kept = run.part("model.py")
    if Path(f"{file}.py").resolve() != kept.resolve():
        shutil.copyfile(f"{file}.py", kept)
    model = Choice(f"{kept}:{name}", settings.network.model.arguments)
    return replace(settings, network=replace(settings.network, model=model))


def _rows_by_split(samples: SampleTable, store: Store) -> TrainingData:
    """Rows and class ids of the training and validation samples that have an image."""
    ids = {name: i for i, name in enumerate(samples.classes)}
    found: list[np.ndarray] = []
    for split in ("train", "validation"):
        frame = samples.usable.filter(pl.col("split") == split)
        rows = store.rows_of(frame)
        labels = np.array([ids[label] for label in frame["label"]], np.int64)
        found += [rows[rows >= 0], labels[rows >= 0]]
    return TrainingData(store.pixels, *found)


def _answer(
    run: Run, samples: SampleTable, store: Store, network: Network, settings: TrainSettings
) -> None:
    frame = samples.usable.filter(pl.col("split").is_in(["validation", "test"]))
    rows = store.rows_of(frame)
    precision = resolve_precision(settings.hardware.precision, best_device())
    p = np.zeros((len(frame), len(samples.classes)), np.float32)
    p[rows >= 0] = predict_rows(network, store.pixels, rows[rows >= 0], precision=precision)
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


def data_facts(samples: SampleTable) -> dict[str, Any]:
    """What a run keeps of its data: hash, counts by split, exclusions by reason, notes."""
    counted = samples.usable.drop_nulls("split").group_by("split")
    by_split = counted.agg(pl.len().alias("n"), pl.col("group").n_unique().alias("g"))
    reasons = samples.frame["excluded_because"].drop_nulls().value_counts(sort=True)
    return {
        "data_hash": data_hash(samples),
        "root": str(samples.root),
        "group_columns": list(samples.group_columns),
        "n_images": dict(zip(by_split["split"], by_split["n"], strict=True)),
        "n_groups": dict(zip(by_split["split"], by_split["g"], strict=True)),
        "excluded": dict(reasons.iter_rows()),
        "notes": list(samples.notes),
    }


def _facts(
    samples: SampleTable,
    settings: TrainSettings,
    network: Network,
    fitted: Fitted,
    elapsed_s: float,
) -> dict[str, Any]:
    device, last = best_device(), fitted.steps[-1]
    best = {"epoch": last.best_epoch, "phase": last.phase, "value": last.best_value}
    return {
        "settings": {"resolved": to_dict(settings)},
        "classes": list(samples.classes),
        "class_ids": dict(samples.class_ids),
        "images": asdict(settings.images),
        "network": {
            **network.facts,
            "model": settings.network.model.as_toml(),
            "n_parameters": sum(p.numel() for p in network.parameters()),
        },
        "data": data_facts(samples),
        "steps": [asdict(step) for step in fitted.steps],
        "best": {**best, "monitor": settings.learning.monitor},
        "elapsed_s": round(elapsed_s, 1),
        "device": str(device),
        "n_threads": torch.get_num_threads(),
        "precision": resolve_precision(settings.hardware.precision, device),
    }
