"""PBC to BCCD: what runs on PBC know of another laboratory's cells, before and after `adapt`.

Two runs: that of `accuracy pbc` with the steps that `adapt` makes by default, and that of `robust`
without batch-norm statistics, which gain it nothing, its stain .3 of the way.

BCCD's fields with exactly one labelled white cell and one box, in four classes. Without labels: the
odd-numbered fields alone, as the even-numbered ones are those that the steps were chosen on. With
few: five labelled images of each class, drawn several times, tested on the rest of all fields.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import polars as pl

from benchmarks import cells
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import timed
from buffycoat.runs import open_run
from buffycoat.tables.samples import read_samples, write_samples

CLASSES = ("eosinophil", "lymphocyte", "monocyte", "neutrophil")
N_LABELLED = 5
STEPS: dict[str, list[object]] = {
    "pbc-0": ["--steps", "scale", "white", "stain", "batch-norm", "classes"],
    "robust-robust-0": ["--stain-strength", 0.3, "--steps", "scale", "white", "stain", "classes"],
}
"""By run, without labels; with few, a step that learns from them follows."""
FEW = {"head": 20, "neighbours": 5, "head fine-tuning": 5}
"""By what learns from labels: how many draws of them."""


def main() -> None:
    """Adapt without labels and with few, and write what each step gives."""
    whole = cells.WORK / "bccd-all.parquet"
    if not whole.is_file():
        timed(["import", cells.folder("bccd"), "--out", whole])
    odd, every = _part(whole, "odd"), _part(whole, "all")
    for run in sys.argv[1:] or STEPS:
        _without_labels(run, odd)
        for steps, n_draws in FEW.items():
            _with_few(run, every, steps, n_draws)


def _part(whole: Path, name: str) -> Path:
    """The four classes' cells, of all fields or of the odd-numbered ones; the others excluded."""
    path = cells.WORK / f"bccd-{name}-fields.parquet"
    table = read_samples(whole)
    number = pl.col("field").str.extract(r"(\d+)$").cast(pl.Int64)
    kept = pl.col("label").is_in(CLASSES) & ((number % 2 == 1) if name == "odd" else pl.lit(True))
    why = pl.when(~kept.fill_null(False)).then(pl.lit("not asked about"))
    frame = table.frame.with_columns(pl.coalesce("excluded_because", why).alias("excluded_because"))
    write_samples(table.stepped("choose", frame, fields=name), path)
    return path


def _adapted(name: str, table: Path, out: Path, *flags: object) -> list[dict]:
    """What each step gained, the figure of each."""
    run = cells.WORK / name
    if not run.is_dir():
        sys.exit(f"{run} is not there: run `accuracy pbc` and `robust`")
    timed(["adapt", run, table, "--classes", *CLASSES, *flags, "--out", out, "--overwrite"])
    return open_run(out).facts["adapted"]["gains"]


def _without_labels(run: str, table: Path) -> None:
    out = cells.WORK / "bccd-odd-adapted"
    for rung in _adapted(run, table, out, *STEPS[run]):
        for kind, said in (("any", "all answers"), ("known", "the four classes")):
            figure = rung[f"{kind}_balanced_accuracy"]
            _row(f"{run} after {rung['after']}", f"balanced accuracy, {said}", figure, rung, out)


def _with_few(run: str, table: Path, steps: str, n_draws: int) -> None:
    found = []
    for seed in range(n_draws):
        out = cells.WORK / "bccd-few-adapted"
        few = [*steps.split(), "--labelled", N_LABELLED, "--seed", seed]
        rungs = _adapted(run, table, out, *STEPS[run], *few)
        found.append(rungs[-1]["known_balanced_accuracy"]["value"])
    note = f"{n_draws} draws: sd {statistics.stdev(found):.4f}; lowest and highest of them"
    ends = {"low": min(found), "high": max(found), "data_hash": _hash(out), "note": note}
    what = "balanced accuracy, the four classes"
    setting = f"{run}, {N_LABELLED} labelled images of each class, {steps}"
    write_row("another_laboratory", setting, what, statistics.mean(found), **ends)


def _row(setting: str, what: str, figure: dict, rung: dict, out: Path) -> None:
    note = f"{rung['n_images']} images in {rung['n_groups']} groups; labels not used"
    ends = {"low": figure["low"], "high": figure["high"], "data_hash": _hash(out), "note": note}
    write_row("another_laboratory", setting, what, figure["value"], **ends)


def _hash(out: Path) -> str:
    return str(open_run(out).facts["data"]["data_hash"])


if __name__ == "__main__":
    main()
