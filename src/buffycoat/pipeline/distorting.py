"""`buffycoat robustness`: how a run answers distorted copies of its images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from buffycoat.augmentations.distorted import FAMILIES, SEVERITIES, distort, distort_blocks
from buffycoat.batches.store import Store
from buffycoat.errors import InputError, SettingError, UnknownNameError
from buffycoat.evaluation.robustness import CLEAN, Robustness, measure_robustness
from buffycoat.evaluation.selection import class_ids
from buffycoat.models.network import Network
from buffycoat.pipeline.console import progress, say
from buffycoat.pipeline.facts import data_facts
from buffycoat.pipeline.loading import load_run, train_settings
from buffycoat.pipeline.storing import store_images
from buffycoat.pipeline.summary import say_frame, with_interval
from buffycoat.prediction.predict import predict_chunks
from buffycoat.report.robustness_page import build_robustness_page
from buffycoat.runs import Run
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.files import check_writable
from buffycoat.tables.predictions import PredictionTable, read_predictions, write_predictions
from buffycoat.tables.samples import read_samples
from buffycoat.training.settings import TrainSettings

__all__ = ["robustness"]

_N_SHOWN = 3


def robustness(
    run: Path,
    /,
    *,
    table: Path | None = None,
    against: Path | None = None,
    split: str = "test",
    families: tuple[str, ...] = tuple(FAMILIES),
    severities: tuple[int, ...] = SEVERITIES,
    seed: int = 0,
    out: Path | None = None,
) -> Robustness:
    """Answer distorted copies of a run's images, and draw what of its accuracy is left.

    The copies are the same for every run that sees images of the same size: seeds are fixed, and
    none of them is one that a training draws. Answers go to `distorted.parquet` beside the page.

    Args:
        run: A run folder.
        table: A sample table with labels; by default the one that the run was trained on.
        against: A plain run, or its `distorted.parquet`, to count errors relative to.
        split: The rows of the table: test, or validation.
        families: Families of distortions: position, form, light, colour, stain, levels, optics,
            covering, mixed.
        severities: 1 to 5.
        seed: Another seed draws other copies.
        out: The page; by default `robustness.html` in the run folder.

    Raises:
        InputError: when the table has no labelled row of that split, or a class that the run has
            not.
        RunError: when a run is incomplete or altered.
        SettingError: for a family or a severity that there is not.
        DiskError: when a file cannot be written.
    """
    page = Path(out) if out else Path(run) / "robustness.html"
    own = page.with_name("distorted.parquet")
    check_writable(page)
    _check(families, severities, seed)
    job = _Job(split, tuple(dict.fromkeys(families)), tuple(dict.fromkeys(severities)), seed, table)
    plain = _known_answers(against, own)
    answers, pictures = job.answer(Path(run), shows=True)
    if against and not plain:
        plain = job.answer(Path(against))[0]
    write_predictions(answers, own)
    found = measure_robustness(answers, split=split, reference=plain)
    _say(found)
    build_robustness_page(found, pictures, page, families={f: FAMILIES[f] for f in families})
    say(f"page: {page}")
    return found


def _known_answers(against: Path | None, own: Path) -> PredictionTable | None:
    """The answers to compare with where they are a table already: read before any is written."""
    if not against or Path(against).suffix.lower() != ".parquet":
        return None
    if Path(against).resolve() == own.resolve():
        said = f"{own} is what the answers of this run are written to"
        raise SettingError(f"{said}: give the page another folder with --out")
    return read_predictions(Path(against))


def _check(families: Sequence[str], severities: Sequence[int], seed: int) -> None:
    if seed < 0:
        raise SettingError(f"seed is {seed}: it must be 0 or more")
    for name in families:
        if name not in FAMILIES:
            raise UnknownNameError("family of distortions", name, FAMILIES)
    for severity in severities:
        if severity not in SEVERITIES:
            raise SettingError(f"severity is {severity}: it is one of 1, 2, 3, 4 and 5")
    if not families or not severities:
        raise SettingError("no family or no severity is given: name at least one of each")


class _Job:
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
        store = store_images(samples, settings.images)
        rows = store.rows_of(frame)
        frame, rows = frame.filter(pl.Series(rows >= 0)), rows[rows >= 0]
        if not len(rows):
            raise InputError(f"the table has no labelled image in {self.split} that can be read")
        answers = self._answers(run, network, settings, store, frame, rows)
        facts = data_facts(samples)
        whole = PredictionTable(pl.concat(answers), tuple(run.facts["classes"]), facts)
        return whole, self._pictures(store, frame, rows) if shows else {}

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


def _say(found: Robustness) -> None:
    rows = [{"images": "as they are", "accuracy": with_interval(found.clean)}]
    rows += [
        {"images": name, "accuracy": with_interval(own)} for name, own in found.by_family.items()
    ]
    rows.append({"images": "mean of the families", "accuracy": with_interval(found.mean)})
    where = f"{found.split} rows, {found.n_images:,} images in {found.n_groups:,} groups"
    say_frame(pl.DataFrame(rows), f"accuracy on {where}")
    if found.corruption_error:
        say(f"errors relative to {found.reference}, mean: {with_interval(found.corruption_error)}")
