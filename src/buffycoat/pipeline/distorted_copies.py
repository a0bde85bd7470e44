"""A run's answers to distorted copies of a table's images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from buffycoat.augmentations.distorted import distort, distort_blocks
from buffycoat.batches.store import Store
from buffycoat.errors import InputError
from buffycoat.evaluation.robustness import CLEAN
from buffycoat.evaluation.selection import class_ids
from buffycoat.models.network import Network
from buffycoat.pipeline.adaptation.learned import SEEN, learned_rows, new_rows
from buffycoat.pipeline.console import progress, say
from buffycoat.pipeline.facts import data_facts
from buffycoat.pipeline.loading import load_run, train_settings
from buffycoat.pipeline.storing import store_images
from buffycoat.prediction.predict import predict_chunks
from buffycoat.runs import Run
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.predictions import PredictionTable
from buffycoat.tables.samples import read_samples
from buffycoat.training.settings import TrainSettings

__all__ = ["SEED", "Copies"]

SEED = "distorted_by"
"""The fact of a table of answers that says which copies they are of."""

_N_SHOWN = 3


class Copies:
    """The same rows, families and severities for one run or for several."""

    def __init__(
        self,
        split: str,
        families: Sequence[str],
        severities: Sequence[int],
        seed: int,
        table: Path | None,
    ) -> None:
        self.split, self.seed, self.table = split, seed, table
        self.variants = [(f, s) for f in families for s in severities]

    def answer(
        self, path: Path, *, shows: bool = False
    ) -> tuple[PredictionTable, dict[tuple[str, int], np.ndarray]]:
        """A run's answers to all variants, and pictures (3, H, W, 3) of each if it shows some."""
        run, network = load_run(path)
        settings = train_settings(run)
        samples = read_samples(self.table or run.part("samples.parquet"))
        frame = samples.usable.filter(pl.col("split") == self.split).sort("sample_id")
        class_ids(frame, "label", run.facts["classes"])  # refuses what the run cannot answer
        frame = self._new(run, frame)
        store = store_images(samples, settings.images)
        rows = store.rows_of(frame)
        frame, rows = frame.filter(pl.Series(rows >= 0)), rows[rows >= 0]
        if not len(rows):
            said = f"the table has no labelled image in {self.split} that can be read"
            raise InputError(f"{said} and that {run.run_id} did not learn from")
        answers = self._answers(run, network, settings, store, frame, rows)
        facts = {**data_facts(samples), SEED: self.seed}
        whole = PredictionTable(pl.concat(answers), tuple(run.facts["classes"]), facts)
        return whole, self._pictures(store, frame, rows) if shows else {}

    def _new(self, run: Run, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows that the run did not learn from, nor chose its epoch by if they are a test."""
        learned = learned_rows(run, ["train"] if self.split == "validation" else SEEN)
        new = new_rows(frame, learned) if self.table else frame
        if n_known := len(frame) - len(new):
            said = f"{n_known:,} of {len(frame):,} images, which {run.run_id} learned from"
            say(f"note: {said} or that share a group with such, are left out", "yellow")
        return new

    def _answers(
        self,
        run: Run,
        network: Network,
        settings: TrainSettings,
        store: Store,
        frame: pl.DataFrame,
        rows: np.ndarray,
    ) -> list[pl.DataFrame]:
        how: dict[str, Any] = {"precision": run.facts["precision"], "views": settings.views}
        found = []
        with progress("answering distorted images", 1 + len(self.variants)) as moved:
            for i, (family, severity) in enumerate([(CLEAN, 0), *self.variants]):
                blocks = distort_blocks(store.pixels, rows, family, severity, seed=self.seed)
                clean = (store.pixels[rows[i : i + 256]] for i in range(0, len(rows), 256))
                chunks = clean if family == CLEAN else blocks
                p = np.concatenate(list(predict_chunks(network, chunks, **how)))
                table = answer_rows(frame, p, run.facts["classes"], run.run_id)
                level = pl.lit(severity or None, dtype=pl.Int64).alias("severity")
                found.append(table.frame.with_columns(level, variant=pl.lit(family)))
                moved(i + 1, 1 + len(self.variants))
        return found

    def _pictures(
        self, store: Store, frame: pl.DataFrame, rows: np.ndarray
    ) -> dict[tuple[str, int], np.ndarray]:
        """The first cells of some classes, as each variant makes them."""
        first = frame.with_row_index("row").group_by("label").agg(pl.col("row").min()).sort("label")
        shown = np.asarray(store.pixels[rows[first["row"].to_numpy()[:_N_SHOWN]]])
        found = {(CLEAN, 0): shown}
        for family, severity in self.variants:
            found[family, severity] = distort(shown, family, severity, seed=self.seed)
        return found
