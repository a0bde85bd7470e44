"""One training, from the store to a sealed run folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from buffycoat.errors import BuffycoatError
from buffycoat.models.build import build_network
from buffycoat.models.network import Network
from buffycoat.models.plugin import split_name
from buffycoat.models.saving import save_network
from buffycoat.pipeline.answering import write_answers
from buffycoat.pipeline.budget import Budget
from buffycoat.pipeline.console import console, say
from buffycoat.pipeline.costs import seconds_spent
from buffycoat.pipeline.facts import training_facts
from buffycoat.pipeline.plugging import plugin_parts
from buffycoat.pipeline.refusing import check_split
from buffycoat.pipeline.rows import rows_by_split
from buffycoat.pipeline.storing import store_images
from buffycoat.prediction.device import using_threads
from buffycoat.registry import Choice
from buffycoat.runs import Run
from buffycoat.tables.files import replacing
from buffycoat.tables.samples import SampleTable, write_samples
from buffycoat.training.fit import fit, remove_checkpoints
from buffycoat.training.recipe import to_toml
from buffycoat.training.records import OnEpoch, PhaseRecord
from buffycoat.training.settings import TrainSettings
from buffycoat.training.timetable import Clock

__all__ = ["fit_run"]

_PARTS = (
    "network.safetensors",
    "samples.parquet",
    "predictions.parquet",
    "baselines.parquet",
    "history.csv",
    "recipe.toml",
)


def fit_run(
    run: Run,
    samples: SampleTable,
    settings: TrainSettings,
    *,
    budget: Budget | None = None,
    repeat: Sequence[PhaseRecord] = (),
    on_epoch: OnEpoch | None = None,
    closing_s: float | None = None,
) -> Run:
    """Train in a run folder that was started, answer validation and test rows, and seal it.

    A folder in which nothing was learned is removed again when the training is refused. Of the
    budget, `closing_s` seconds are kept for what follows the training; estimated when not given.

    Raises:
        SplitError: when the table has no training or validation rows, or a class lacks them.
    """
    try:
        check_split(samples)
        kept_s = _closing_s(samples) if closing_s is None else closing_s
        clock = Clock(budget.deadline - kept_s) if budget else None
        return _fitted(run, samples, settings, clock, repeat, on_epoch)
    except BuffycoatError:
        if not run.part("checkpoints").is_dir():
            shutil.rmtree(run.path, ignore_errors=True)
        raise


def _fitted(
    run: Run,
    samples: SampleTable,
    settings: TrainSettings,
    clock: Clock | None,
    repeat: Sequence[PhaseRecord],
    on_epoch: OnEpoch | None,
) -> Run:
    began = time.monotonic() - seconds_spent(run.path)  # those of an interrupted run count too
    write_samples(samples, run.part("samples.parquet"))
    store = store_images(samples, settings.images)
    settings = _with_own_model(settings, run)
    with using_threads(settings.hardware.n_threads):
        network = _built(settings, samples.classes)
        data = rows_by_split(samples, store)
        fitted = fit(
            network,
            data,
            settings,
            run.path,
            clock=clock,
            repeat=repeat,
            console=console,
            on_epoch=on_epoch,
        )
        write_answers(run, samples, store, network, settings)
        facts = training_facts(samples, settings, network, fitted, time.monotonic() - began)
    save_network(network, run.part("network.safetensors"))
    with replacing(run.part("recipe.toml")) as beside:
        beside.write_text(to_toml(settings, _recipe_title(run)), encoding="utf-8")
    own = ["model.py"] if run.part("model.py").is_file() else []
    sealed = run.sealed(*_PARTS, *own, *plugin_parts(run), **facts)
    remove_checkpoints(run.path)
    return sealed


def _built(settings: TrainSettings, classes: Sequence[str]) -> Network:
    """The network at its start; prints which one, and where its weights are from."""
    network = build_network(
        settings.network,
        len(classes),
        image_px=settings.images.image_px,
        seed=settings.seed,
        classes=classes,
    )
    said = f"weights: {network.facts['weights']} (licence: {network.facts['licence']})"
    kept = network.facts.get("classes_kept")
    said += f", which know {len(kept)} of {len(classes)} classes" if kept else ""
    say(f"network: {settings.network.model.name}, {said}")
    if why := network.facts.get("weights_note"):
        say(f"note: it begins from scratch: {why}", "yellow")
        _say_what_needs_weights(settings)
    return network


def _say_what_needs_weights(settings: TrainSettings) -> None:
    """What a recipe does to weights that were learned before is harmful to those that were not."""
    learning, freezing = settings.learning, settings.freezing
    done = {
        "freezes parts of it (--freeze-blocks)": freezing.freeze_blocks or freezing.freeze_first,
        "trains its head alone first (--head-epochs 0)": learning.head_epochs,
        "lets its batch norms rest (--no-freeze-batch-norm)": freezing.freeze_batch_norm,
    }
    asked = [what for what, is_done in done.items() if is_done]
    if asked:
        said = f"note: the training {', '.join(asked)}: that is for pretrained weights"
        way = "give --weights FILE, or the flags in brackets and a higher --learning-rate"
        say(f"{said}; {way}", "yellow")


def _recipe_title(run: Run) -> str:
    needed = "".join(f" --plugin {name}" for name in plugin_parts(run))
    return f"the settings of run {run.run_id}" + (needed and f"; needs{needed}")


def _closing_s(samples: SampleTable) -> float:
    """Seconds kept for the answers, the baselines, the figures and the page."""
    return 15 + len(samples.usable.filter(pl.col("split").is_in(["validation", "test"]))) / 80


def _with_own_model(settings: TrainSettings, run: Run) -> TrainSettings:
    """A user's own model file is kept with the run, so that the run stands alone."""
    own = split_name(settings.network.model.name)
    if not own:
        return settings
    kept = run.part("model.py")
    if own[0].resolve() != kept.resolve():
        with replacing(kept) as beside:
            shutil.copyfile(own[0], beside)
    model = Choice(f"{kept}:{own[1]}", settings.network.model.arguments)
    return replace(settings, network=replace(settings.network, model=model))
