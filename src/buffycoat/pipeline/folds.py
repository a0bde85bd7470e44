"""Train once for each fold and put the answers together, out of fold."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from buffycoat.curation.splits.split import fold_split
from buffycoat.errors import SplitError
from buffycoat.pipeline.budget import Budget
from buffycoat.pipeline.console import say
from buffycoat.pipeline.facts import data_facts
from buffycoat.pipeline.fitting import fit_run
from buffycoat.pipeline.plugging import plugin_parts
from buffycoat.pipeline.refusing import check_training
from buffycoat.pipeline.starting import start_run
from buffycoat.runs import Run, open_run
from buffycoat.tables.predictions import PredictionTable, read_predictions, write_predictions
from buffycoat.tables.samples import SampleTable, write_samples
from buffycoat.training.records import OnEpoch
from buffycoat.training.settings import TrainSettings

__all__ = ["fold_numbers", "train_folds"]


def fold_numbers(samples: SampleTable) -> list[int]:
    """The table's folds.

    Raises:
        SplitError: when it has fewer than two.
    """
    folds = sorted(samples.usable["fold"].drop_nulls().unique())
    if len(folds) < 2:
        raise SplitError("the table has no folds: run `buffycoat split --folds 5` first")
    return folds


def train_folds(
    samples: SampleTable,
    settings: TrainSettings,
    out: Path,
    *,
    budget: Budget | None = None,
    resume: bool = False,
    overwrite: bool = False,
    on_epoch: OnEpoch | None = None,
) -> Run:
    """A run folder with one run for each fold in it, and all answers as one table.

    `on_epoch` is given the epochs of all folds so far, each with its `fold`.

    Raises:
        SplitError: when the table has no folds.
    """
    folds = fold_numbers(samples)
    check_training(fold_split(samples, folds[0]), settings)
    run = start_run(samples, settings, out, resume=resume, overwrite=overwrite, kind="folds")
    write_samples(samples, run.part("samples.parquet"))
    for k in folds:
        place, time = out / f"fold-{k}", _share(budget, len(folds) - folds.index(k))
        is_begun = (place / "run.json").is_file()
        if is_begun and open_run(place, finished=False).is_finished:
            continue
        say(f"fold {k + 1} of {len(folds)}", "bold")
        split = fold_split(samples, k)
        inner = start_run(split, settings, place, resume=is_begun)
        watched = _with_folds(on_epoch, out, folds, k) if on_epoch else None
        fit_run(inner, split, settings, budget=time, on_epoch=watched)
    for name in ("predictions.parquet", "baselines.parquet"):
        write_predictions(_together(out, folds, name, run.run_id), run.part(name))
    first = open_run(out / f"fold-{folds[0]}").facts
    kept = {key: first[key] for key in ("settings", "classes", "class_ids", "images", "network")}
    parts = ("samples.parquet", "predictions.parquet", "baselines.parquet")
    return run.sealed(*parts, *plugin_parts(run), **kept, data=data_facts(samples))


def _share(budget: Budget | None, n_left: int) -> Budget | None:
    return Budget(budget.left_s / n_left) if budget else None


def _with_folds(on_epoch: OnEpoch, out: Path, folds: list[int], k: int) -> OnEpoch:
    """Who watches one fold, told of the folds before it too."""
    before = [
        {**row, "fold": fold}
        for fold in folds[: folds.index(k)]
        for row in pl.read_csv(out / f"fold-{fold}" / "history.csv").iter_rows(named=True)
    ]
    return lambda rows: on_epoch([*before, *({**row, "fold": k} for row in rows)])


def _together(out: Path, folds: list[int], name: str, run_id: str) -> PredictionTable:
    """The test rows of every fold, each answered by the network that did not see it."""
    tables = [read_predictions(out / f"fold-{k}" / name) for k in folds]
    frames = [
        t.frame.filter(pl.col("split") == "test").with_columns(pl.lit(k).alias("fold"))
        for k, t in zip(folds, tables, strict=True)
    ]
    frame = pl.concat(frames, how="vertical_relaxed")
    if name == "predictions.parquet":
        frame = frame.with_columns(pl.lit(run_id).alias("run_id"))
    return PredictionTable(frame, tables[0].classes, tables[0].facts)
