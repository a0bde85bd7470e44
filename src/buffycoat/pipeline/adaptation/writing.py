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

__all__ = ["LEARNED", "write_adapted"]

LEARNED = "learned.parquet"
"""The samples that the run before it was trained on; `samples.parquet` has the adapted ones."""

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

    Labelled images that were learned from stand as `train` in its samples and are not answered;
    no other image has a split, so that an evaluation is of all of them.
    """
    asked = source.facts.get("asked", {})
    run = create_run(out, overwrite=overwrite, asked=asked)
    copied = [n for n in source.facts["parts"] if n not in (*_OWN, "recipe.toml", LEARNED)]
    for name in copied:
        _copy(source.part(name), run.part(name))
    before = source.part(LEARNED)
    _copy(before if before.is_file() else source.part("samples.parquet"), run.part(LEARNED))
    samples = _samples(images, classes)
    write_samples(samples, run.part("samples.parquet"))
    save_network(network, run.part("network.safetensors"))
    title = f"the settings of run {run.run_id}, adapted from {source.run_id}"
    with replacing(run.part("recipe.toml")) as beside:
        beside.write_text(to_toml(settings, title), encoding="utf-8")
    _answer(run, samples, network, settings, classes, source.facts["precision"])
    kept = {k: v for k, v in source.facts.items() if k not in _NOT_KEPT}
    facts = {
        **kept,
        "settings": {"resolved": to_dict(settings)},
        "classes": list(classes),
        "images": asdict(settings.images),
        "adapted": {**adapted, "from": source.run_id, "from_seal": source.facts["seal"]},
        "data": data_facts(samples),
    }
    return run.sealed(*_OWN, "recipe.toml", LEARNED, *copied, **facts)


_NOT_KEPT = ("run_id", "status", "parts", "seal", "environment", "asked", "plan", "class_ids")


def _copy(source: Path, to: Path) -> None:
    with replacing(to) as beside:
        shutil.copyfile(source, beside)


def _samples(images: Images, classes: Sequence[str]) -> SampleTable:
    """The images with the split that they had in the adaptation."""
    is_learned = pl.col("sample_id").is_in(images.learned["sample_id"].to_list())
    split = pl.when(is_learned).then(pl.lit("train")).cast(pl.String)
    frame = images.samples.frame.with_columns(
        split.alias("split"), pl.lit(None, dtype=pl.Int64).alias("fold")
    )
    facts = {"n_images": len(frame), "n_learned": len(images.learned)}
    whole = replace(images.samples, classes=tuple(classes), class_ids={})
    return whole.stepped("adapt", frame, **facts)


def _answer(
    run: Run,
    samples: SampleTable,
    network: Network,
    settings: TrainSettings,
    classes: Sequence[str],
    precision: Any,
) -> None:
    """Write the answers to all images but those that were learned from."""
    rest = replace(samples, frame=samples.frame.filter(pl.col("split").is_null()))
    hashed = rest.frame["pixels_sha256"].null_count() == 0
    found = answer_images(network, rest, settings, precision, stored=hashed)
    facts = data_facts(samples)
    table = answer_rows(
        rest.frame, found.p, classes, run.run_id, failures=found.failures, facts=facts
    )
    write_predictions(table, run.part("predictions.parquet"))
    write_predictions(label_baselines(table), run.part("baselines.parquet"))
