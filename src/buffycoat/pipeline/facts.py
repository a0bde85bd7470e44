"""What `run.json` says of the data and of the training."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import polars as pl
import torch

from buffycoat.models.layers import multiply_adds
from buffycoat.models.network import Network
from buffycoat.prediction.device import best_device, resolve_precision
from buffycoat.tables.samples import SampleTable, data_hash
from buffycoat.training.recipe import to_dict
from buffycoat.training.records import Fitted
from buffycoat.training.settings import TrainSettings

__all__ = ["data_facts", "training_facts"]


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


def training_facts(
    samples: SampleTable,
    settings: TrainSettings,
    network: Network,
    fitted: Fitted,
    elapsed_s: float,
) -> dict[str, Any]:
    """What a run keeps of its settings, network, data and steps."""
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
            "multiply_adds": multiply_adds(network, settings.images.image_px),
        },
        "data": data_facts(samples),
        "steps": [asdict(step) for step in fitted.steps],
        "best": {**best, "monitor": settings.learning.monitor},
        "elapsed_s": round(elapsed_s, 1),
        "device": str(device),
        "n_threads": torch.get_num_threads(),
        "precision": resolve_precision(settings.hardware.precision, device),
    }
