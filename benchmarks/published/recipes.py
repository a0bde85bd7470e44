"""The ten recipes of the five published systems, each in a short form on its own kind of images.

No pretrained weights but MobileNetV2's can be had without a network, so each recipe runs from
scratch on fewer epochs; those of systems 4 and 5 would take hours here, so system 4's network sees
64 px, and system 5's is a small one of its family at 96 px; what differs stands in the row.
Their last row is MobileNetV2 from the given weights in their network's place, with their head,
augmentation and freezing.
Systems 4 and 5 are also tested on distorted copies (mixed, severity 3), as their competition did.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks import cells
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import epoch_seconds, timed
from buffycoat.augmentations.distorted import JUDGED_BY, MIXED
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.evaluation.robustness import measure_robustness
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions

PX_64 = ["--image-px", 64, 64]
PX_96 = ["--image-px", 96, 96]
PX_112 = ["--image-px", 112, 112]
SCRATCH_4 = [*PX_64, "--head-epochs", 0, "--epochs", 3, "--learning-rate", "1e-3"]
SCRATCH_4 += ["--freeze-blocks", "--no-freeze-batch-norm"]
SCRATCH_5 = [*PX_96, "--model", "convnext_atto", "--head-epochs", 0, "--epochs", 5]
SCRATCH_5 += ["--learning-rate", "1e-3", "--batch-size", 64]
GIVEN = ["--model", "mobilenetv2_100", "--weights", cells.WEIGHTS]
GIVEN_4 = [*PX_96, *GIVEN, "--head-epochs", 2, "--epochs", 5, "--learning-rate", "3e-4"]
GIVEN_5 = [*PX_96, *GIVEN, "--head-epochs", 2, "--epochs", 5, "--learning-rate", "3e-4"]
GIVEN_5 += ["--batch-size", 64]


@dataclass(frozen=True)
class Short:
    """A short form of a recipe."""

    recipe: str
    images: str
    """kaggle, bccd or pbc."""
    flags: list[object]
    epochs_published: str
    differs: str = ""
    """From the published settings, besides the epochs."""

    @property
    def name(self) -> str:
        """The recipe, and the given network where it takes the place of the recipe's."""
        return self.recipe + ("-given" if "--weights" in self.flags else "")


def _both(system: int, images: str, flags: list[object], epochs: str, differs: str) -> list[Short]:
    forms = [f"system-{system}-{form}" for form in ("published", "fixed")]
    return [Short(form, images, flags, epochs, differs) for form in forms]


ALL = [
    *_both(1, "kaggle", ["--epochs", 6], "50", ""),
    *_both(2, "bccd", [*PX_112, "--all-folds"], "15", "from scratch at 112 px"),
    *_both(3, "pbc", ["--epochs", 8], "50", ""),
    *_both(4, "pbc", SCRATCH_4, "100 of the head, 20 of the rest", "from scratch at 64 px"),
    *_both(4, "pbc", GIVEN_4, "100 of the head, 20 of the rest", "MobileNetV2 at 96 px"),
    *_both(5, "pbc", SCRATCH_5, "159 of the head, 231 of all", "ConvNeXt-Atto from scratch"),
    *_both(5, "pbc", GIVEN_5, "159 of the head, 231 of all", "MobileNetV2 at 96 px"),
]


def main() -> None:
    """Train those whose names contain a word that is given, or all, and write their figures."""
    words = sys.argv[1:] or [""]
    for short in ALL:
        if any(word in short.name for word in words):
            _measure(short)


def _measure(short: Short) -> None:
    out = cells.WORK / f"recipe-{short.name}"
    if not (out / "report.html").is_file():
        job = ["train", _table(short), "--recipe", short.recipe, *short.flags]
        timed([*job, "--out", out, "--overwrite"])
    _write(short, out)
    if short.recipe[:8] in ("system-4", "system-5"):
        _write_distorted(short, out)


def _table(short: Short) -> Path:
    """The split table; system 1 as published is validated on copies of what it learns from."""
    by_photograph = "fixed" in short.recipe
    tables = {
        "kaggle": "leaky-photograph" if by_photograph else "leaky-random",
        "bccd": "bccd",
        "pbc": "pbc-0/samples",
    }
    path = cells.WORK / f"{tables[short.images]}.parquet"
    if not path.is_file():
        made_by = "published.leaky_validation, `accuracy bccd` and `accuracy pbc`"
        sys.exit(f"{path} is not there: run {made_by}")
    return path


def _answers(short: Short, out: Path) -> Path:
    """Answers to the test rows; Kaggle's TEST is a table of its own, grouped by photograph."""
    if short.images != "kaggle":
        return out / "predictions.parquet"
    answers = out / "answers.parquet"
    if not answers.is_file():
        timed(["predict", out, cells.WORK / "kaggle-test.parquet", "--out", answers])
    return answers


def _write(short: Short, out: Path) -> None:
    predictions = read_predictions(_answers(short, out))
    is_split = short.images != "kaggle"
    found = evaluate_table(predictions, split="test") if is_split else evaluate_table(predictions)
    folds = sorted(out.glob("fold-*")) or [out]
    n_epochs = sum(len(pl.read_csv(fold / "history.csv")) for fold in folds)
    note = f"{n_epochs} epochs" + (f" in {len(folds)} folds" if len(folds) > 1 else "")
    note += f" in {sum(map(epoch_seconds, folds)):.0f} s, published {short.epochs_published}"
    note += f"; {short.differs}" if short.differs else ""
    note += f"; {found.n_images} images in {found.n_groups} groups"
    data = open_run(out).facts["data"]["data_hash"]
    for name in ("accuracy", "macro_f1"):
        figure = found.figures[name]
        ends = {"low": figure.low, "high": figure.high, "data_hash": data, "note": note}
        write_row("published.recipes", short.name, f"test {name}", figure.value, **ends)


def _write_distorted(short: Short, out: Path) -> None:
    kept = out / "distorted.parquet"
    if not kept.is_file():
        timed(["robustness", out, "--families", MIXED, "--severities", JUDGED_BY])
    found = measure_robustness(read_predictions(kept))
    figure = found.by_variant[(MIXED, JUDGED_BY)]
    write_row(
        "published.recipes",
        short.name,
        f"test accuracy, mixed copies of severity {JUDGED_BY}",
        figure.value,
        low=figure.low,
        high=figure.high,
        data_hash=found.data_hash or "",
        note=f"{found.n_images} images in {found.n_groups} groups",
    )


if __name__ == "__main__":
    main()
