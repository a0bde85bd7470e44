"""An adapted network as a whole run folder."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import polars as pl

from buffycoat.evaluation.baselines import label_baselines
from buffycoat.models.network import Network
from buffycoat.models.saving import save_network
from buffycoat.pipeline.adaptation.learned import next_part, steps_before
from buffycoat.pipeline.adaptation.material import Images
from buffycoat.pipeline.facts import data_facts
from buffycoat.pipeline.new_answers import answer_images
from buffycoat.runs import Run, create_run
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.files import replacing
from buffycoat.tables.predictions import write_predictions
from buffycoat.tables.samples import SampleTable, write_samples
from buffycoat.training.recipe import to_dict, to_toml
from buffycoat.training.settings import TrainSettings

__all__ = ["write_adapted"]

_OWN = ("network.safetensors", "samples.parquet", "predictions.parquet", "baselines.parquet")


def write_adapted(
    out: Path,
    source: Run,
    network: Network,
    settings: TrainSettings,
    images: Images,
    classes: Sequence[str],
    adapted: Mapping[str, Any],
    overwrite: bool,
) -> Run:
    """Write and seal the run folder, with its answers to the images.

    In its samples the labelled images that were learned from stand as `train`, and are not
    answered; those held out as `test`; all others, which are answered but not scored, have no
    split. The samples of the run before it stand beside them as `learned.parquet`.
    """
    asked = source.facts.get("asked", {})
    run = create_run(out, overwrite=overwrite, asked=asked)
    copied = [n for n in source.facts["parts"] if n not in (*_OWN, "recipe.toml")]
    for name in copied:
        _copy(source.part(name), run.part(name))
    before = next_part(source)
    _copy(source.part("samples.parquet"), run.part(before))
    samples = _samples(images, classes, adapted["steps"])
    write_samples(samples, run.part("samples.parquet"))
    network.facts["classes"] = list(classes)
    save_network(network, run.part("network.safetensors"))
    title = f"the settings of run {run.run_id}, adapted from {source.run_id}"
    with replacing(run.part("recipe.toml")) as beside:
        beside.write_text(to_toml(settings, title), encoding="utf-8")
    _answer(run, samples, network, settings, classes, source.facts["precision"])
    kept = {k: v for k, v in source.facts.items() if k not in _NOT_KEPT}
    numbers = source.facts.get("class_ids") or {}
    came_from = {"from": source.run_id, "from_seal": source.facts["seal"]}
    facts = {
        **kept,
        "settings": {"resolved": to_dict(settings)},
        "classes": list(classes),
        "class_ids": {n: i for n, i in numbers.items() if n in classes},
        "images": asdict(settings.images),
        "adapted": {**adapted, **came_from, "before": steps_before(source)},
        "data": data_facts(samples),
    }
    return run.sealed(*_OWN, "recipe.toml", before, *copied, **facts)


_NOTE = "the run was adapted by {} to these very images, of which it saw no label"
_UNLABELLED = ("scale", "white", "stain", "batch-norm", "frequencies", "self-training")
_NOT_KEPT = ("run_id", "status", "parts", "seal", "environment", "asked", "plan")


def _copy(source: Path, to: Path) -> None:
    with replacing(to) as beside:
        shutil.copyfile(source, beside)


def _samples(images: Images, classes: Sequence[str], steps: Sequence[str]) -> SampleTable:
    """The images with the split that they had in the adaptation."""
    is_learned, is_held_out = (
        pl.col("sample_id").is_in(rows["sample_id"].to_list())
        for rows in (images.learned, images.held_out)
    )
    split = pl.when(is_learned).then(pl.lit("train")).when(is_held_out).then(pl.lit("test"))
    frame = images.samples.frame.with_columns(
        split.cast(pl.String).alias("split"), pl.lit(None, dtype=pl.Int64).alias("fold")
    )
    facts = {"n_images": len(frame), "n_learned": len(images.learned)}
    seen = ", ".join(name for name in steps if name in _UNLABELLED)
    notes = (*images.samples.notes, *[_NOTE.format(seen)] * bool(seen))
    whole = replace(images.samples, classes=tuple(classes), class_ids={}, notes=notes)
    return whole.stepped("adapt", frame, **facts)


def _answer(
    run: Run,
    samples: SampleTable,
    network: Network,
    settings: TrainSettings,
    classes: Sequence[str],
    precision: Any,
) -> None:
    """Write the answers to all images but those that were learned from, labels where they count."""
    label = pl.when(pl.col("split") == "test").then("label").alias("label")
    rows = samples.frame.filter(pl.col("split").ne_missing("train")).with_columns(label)
    rest = replace(samples, frame=rows)
    hashed = rest.frame["pixels_sha256"].null_count() == 0
    found = answer_images(network, rest, settings, precision, stored=hashed)
    facts = data_facts(samples)
    table = answer_rows(
        rest.frame, found.p, classes, run.run_id, failures=found.failures, facts=facts
    )
    write_predictions(table, run.part("predictions.parquet"))
    write_predictions(label_baselines(table), run.part("baselines.parquet"))
