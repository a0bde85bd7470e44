"""Accuracy on the real sets, each through the command line: `python -m benchmarks.accuracy NAME`.

pbc      eight classes: `run`, two more seeds of the same plan, and the plain script, paired
folds    the same plan and the script in five folds, out of fold: every image is a test image once
sizes    PBC at four image sizes: accuracy against seconds
fine     PBC's eleven fine classes: `run`, a plain training, and one at a larger size, paired
kaggle   Kaggle's BCCD, TRAIN to TEST
bccd     BCCD's own fields, four classes, five folds: from ImageNet, and from a run on PBC
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl

from benchmarks import accuracy_bccd, cells
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import timed
from benchmarks.trained import made
from buffycoat import compare
from buffycoat.curation.splits.split import fold_split
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions
from buffycoat.tables.samples import read_samples, write_samples

WEIGHTS = ["--weights", str(cells.WEIGHTS)]
BUDGET = "20m"
SMOOTHED = '{name = "cross_entropy", label_smoothing = 0.1}'


def main() -> None:
    """Run what was named."""
    ways = {
        "pbc": pbc,
        "folds": folds,
        "sizes": sizes,
        "fine": fine,
        "kaggle": accuracy_bccd.kaggle,
        "bccd": accuracy_bccd.bccd,
    }
    if len(sys.argv) != 2 or sys.argv[1] not in ways:
        sys.exit(f"name one of {', '.join(ways)}")
    cells.WORK.mkdir(parents=True, exist_ok=True)
    ways[sys.argv[1]]()


def pbc() -> None:
    """Three seeds on one split against the script, paired on its test rows."""
    first = cells.WORK / "pbc-0"
    runs = [first]
    job = ["run", cells.folder("pbc"), *WEIGHTS, "--budget", BUDGET, "--out", first]
    made("PBC, `run`, seed 0", first, job)
    for seed in (1, 2):
        runs.append(cells.WORK / f"pbc-{seed}")
        job = ["train", first / "samples.parquet", "--like", first, "--seed", seed]
        made(f"PBC, `run`, seed {seed}", runs[-1], [*job, "--out", runs[-1]])
    scripts = [_script(first / "samples.parquet", seed) for seed in (0,)]
    against = [f"ours={_joined(runs)}", f"script={_joined(scripts)}"]
    _compare("PBC, three seeds against the script", against, open_run(first).facts["data"])


def folds() -> None:
    """The plan of `run` and the script on five folds of the audited table, out of fold.

    A fold that is there is not made again, so the two hours can be divided.
    """
    first, table = cells.WORK / "pbc-0", cells.WORK / "pbc-5-folds.parquet"
    if not table.is_file():
        timed(["split", first / "samples.parquet", "--folds", 5, "--out", table])
    ours, scripts, name = [], [], "PBC, the plan of `run`, fold"
    for k in range(5):
        out = cells.WORK / f"pbc-fold-{k}-ours"
        job = ["train", _of_fold(table, k), "--like", first, "--out", out]
        made(f"{name} {k}", out, job)
        ours.append(_test_answers(out, "ours"))
        scripts.append(pl.read_csv(_script(_of_fold(table, k), k)))
    answers = {"ours": pl.concat(ours), "script": pl.concat(scripts)}
    for who, frame in answers.items():
        frame.with_columns(run_id=pl.lit(who)).write_csv(cells.WORK / f"{who}-folds.csv")
    against = [f"{who}={cells.WORK / f'{who}-folds.csv'}" for who in answers]
    facts = open_run(cells.WORK / "pbc-fold-0-ours").facts["data"]
    _compare("PBC, 5 folds, against the script", against, facts)


def _test_answers(out: Path, who: str) -> pl.DataFrame:
    """A run's answers to its test rows, as a plain table."""
    frame = read_predictions(out / "predictions.parquet").frame
    columns = ["sample_id", "path", "group", "split", "label", "predicted", "^p_.*$"]
    return frame.filter(pl.col("split") == "test").select(*columns).with_columns(run_id=pl.lit(who))


def _of_fold(table: Path, k: int) -> Path:
    """The table with the split of one fold."""
    path = cells.WORK / f"pbc-fold-{k}.parquet"
    if not path.is_file():
        write_samples(fold_split(read_samples(table), k), path)
    return path


def _joined(paths: list[Path]) -> str:
    return ",".join(map(str, paths))


def _script(table: Path, seed: int) -> Path:
    """The plain script's answers for the test rows."""
    fold = f"{table.stem}-" if "fold" in table.stem else ""
    out = cells.WORK / f"script-{fold}{seed}.csv"
    if not out.is_file():
        script = [sys.executable, "-m", "benchmarks.plain_script", table, cells.WEIGHTS, out, seed]
        subprocess.run(list(map(str, script)), check=True)
    return out


def _compare(setting: str, given: list[str], data: dict, score: str = "accuracy") -> None:
    """The paired difference of two methods on the same test rows."""
    found = compare(tuple(given), out=cells.WORK / "comparison.html")
    for method in found.methods:
        figure = method.figures[score]
        ends = {"low": figure.low, "high": figure.high, "data_hash": data["data_hash"]}
        write_row("accuracy", setting, f"{score} of {method.name}", figure.value, **ends)
    for pair in found.pairs:
        figure = pair.differences[score]
        ends = {"low": figure.low, "high": figure.high, "data_hash": data["data_hash"]}
        name = f"{score}, {pair.first} - {pair.second}"
        write_row("accuracy", setting, name, figure.value, note="paired, 95% by group", **ends)


def sizes() -> None:
    """Eight epochs at 64, 96 and 128 px, three at 224."""
    table = cells.pbc()
    for px, epochs in ((64, 8), (96, 8), (128, 8), (224, 3)):
        out = cells.WORK / f"pbc-{px}px"
        job = ["train", table, *WEIGHTS, "--image-px", px, px, "--epochs", epochs]
        name = f"PBC at {px} px, {epochs} epochs"
        made(name, out, [*job, "--views", "flips", "--out", out])


def fine() -> None:
    """Eleven classes by the prefix of the file names; a larger size against a plain training.

    The larger one's settings were chosen on validation rows, from two tries.
    """
    out = cells.WORK / "pbc-fine"
    names = ["--label-from", r"([A-Z]+)_\d+\.jpg"]
    job = ["run", cells.folder("pbc"), *names, *WEIGHTS, "--budget", "15m", "--out", out]
    made("PBC's eleven fine classes, `run`", out, job)
    ways = {
        "plain": ["--image-px", 96, 96, "--epochs", 6],
        "larger": ["--image-px", 128, 128, "--epochs", 8, "--loss", SMOOTHED],
    }
    for way, flags in ways.items():
        place = cells.WORK / f"pbc-fine-{way}"
        job = ["train", out / "samples.parquet", *WEIGHTS, "--views", "flips", *flags]
        made(f"PBC's eleven fine classes, {way}", place, [*job, "--out", place])
    against = [f"{way}={cells.WORK / f'pbc-fine-{way}'}" for way in ("larger", "plain")]
    _compare("PBC's eleven fine classes", against, open_run(out).facts["data"], "macro_f1")


if __name__ == "__main__":
    main()
