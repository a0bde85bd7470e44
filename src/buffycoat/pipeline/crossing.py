"""`buffycoat crosslab`: runs on other laboratories' images, as a matrix."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import polars as pl

from buffycoat.errors import InputError, SettingError
from buffycoat.evaluation.crosslab import CrossLab, Pair, measure_pair
from buffycoat.models.network import Network
from buffycoat.pipeline.adaptation.learned import learned_rows, new_rows, seen_unlabelled
from buffycoat.pipeline.console import say
from buffycoat.pipeline.facts import data_facts
from buffycoat.pipeline.given import several
from buffycoat.pipeline.loading import load_run, train_settings
from buffycoat.pipeline.new_answers import answer_images
from buffycoat.pipeline.summary import say_frame, with_interval
from buffycoat.report.crosslab_page import build_crosslab_page
from buffycoat.runs import Run, open_run
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.files import check_writable, replacing
from buffycoat.tables.predictions import PredictionTable
from buffycoat.tables.samples import SampleTable, data_hash, read_samples

__all__ = ["crosslab"]


def crosslab(
    runs: tuple[Path, ...],
    /,
    *,
    on: tuple[Path, ...],
    out: Path = Path("crosslab.html"),
) -> CrossLab:
    """How runs do on the images of other laboratories, with intervals by group.

    Each run answers the labelled images of each table; images that it learned from, or chose its
    epoch by, are left out with their groups, so that its own table may be among them. Figures are
    over the classes that both have: once with all answers of the run allowed, once with these
    classes alone.

    Args:
        runs: Run folders.
        on: Sample tables with labels, one for each laboratory.
        out: The page; the same figures lie beside it as JSON.

    Raises:
        InputError: when a table has no labelled image that is new to the run.
        SettingError: when two runs or two tables have one name, or the page ends in .json.
        RunError: when a run is incomplete or altered.
        TableError: when a run and a table have no class in common.
        DiskError: when a file cannot be written.
    """
    runs, on = several(runs), several(on)
    page = Path(out)
    check_writable(page)
    figures = page.with_suffix(".json")
    names = _names(on)
    _check_runs(runs, page)
    pairs: dict[tuple[str, str], Pair] = {}
    for path in runs:
        run, network = load_run(Path(path))
        for name, table in zip(names, on, strict=True):
            pairs[run.run_id, name] = _measured(run, network, read_samples(Path(table)), name)
    found = CrossLab(tuple(dict.fromkeys(run for run, _ in pairs)), names, pairs)
    _say(found)
    with replacing(figures) as beside:
        beside.write_text(json.dumps([asdict(p) for p in pairs.values()], indent=1) + "\n")
    build_crosslab_page(found, page)
    say(f"page: {page}, figures: {figures}")
    return found


def _check_runs(runs: Sequence[Path], page: Path) -> None:
    """Refuse, before any work, what would become no row, one row or one file."""
    if not runs:
        raise SettingError("no run is given: buffycoat crosslab RUN --on TABLE")
    ids = [open_run(Path(run)).run_id for run in runs]
    for run_id in ids:
        if ids.count(run_id) > 1:
            raise SettingError(f"two runs are called {run_id!r}: name each once; rename a folder")
    if page.suffix.lower() == ".json":
        raise SettingError(f"--out {page} is the page; the figures lie beside it as .json")


def _names(tables: Sequence[Path]) -> tuple[str, ...]:
    if not tables:
        raise SettingError("no table is given: --on TABLE of each laboratory")
    names = tuple(Path(table).stem for table in tables)
    if len(set(names)) < len(names):
        raise SettingError(f"two tables have one name ({', '.join(names)}): rename one")
    return names


def _measured(run: Run, network: Network, samples: SampleTable, name: str) -> Pair:
    """A run on the labelled images of a laboratory that are new to it.

    Raises:
        InputError: when there are none.
    """
    usable = samples.usable
    new = new_rows(usable, learned_rows(run))
    if not len(new):
        said = "it has none, or the run learned from all"
        raise InputError(f"{name} has no labelled image that is new to {run.run_id}: {said}")
    answers = _answered(run, network, samples, new)
    n_learned, n_seen = len(usable) - len(new), seen_unlabelled(new, run)
    return measure_pair(answers, name, n_learned=n_learned, n_seen=n_seen)


def _answered(
    run: Run, network: Network, samples: SampleTable, rows: pl.DataFrame
) -> PredictionTable:
    """A run's answers to some rows of a table."""
    some = SampleTable(rows, samples.root, samples.classes, group_columns=samples.group_columns)
    precision = run.facts["precision"]
    found = answer_images(network, some, train_settings(run), precision, stored=True)
    facts = {**data_facts(samples), "data_hash": data_hash(some)}
    classes = run.facts["classes"]
    return answer_rows(rows, found.p, classes, run.run_id, failures=found.failures, facts=facts)


def _say(found: CrossLab) -> None:
    def said(pair: Pair, allowed: str) -> str:
        return with_interval(getattr(pair, allowed)["balanced_accuracy"])

    for allowed, title in (
        ("any_answer", "balanced accuracy, all answers allowed"),
        ("known_answers", "balanced accuracy, only classes of both allowed"),
    ):
        rows = [
            {"run": r, **{lab: said(found.pairs[r, lab], allowed) for lab in found.laboratories}}
            for r in found.runs
        ]
        say_frame(pl.DataFrame(rows), title)
    for pair in found.pairs.values():
        if pair.n_seen:
            seen = f"{pair.run_id} was adapted to {pair.n_seen} of these images of"
            say(f"note: {seen} {pair.laboratory}, without their labels", "yellow")
        if len(pair.classes) == 1:
            alone = f"{pair.run_id} and {pair.laboratory} have {pair.classes[0]!r} alone in common"
            say(f"note: {alone}: where no other answer is allowed, all are right", "yellow")
