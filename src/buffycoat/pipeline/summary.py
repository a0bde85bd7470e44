"""What a table holds, said on the console."""

from __future__ import annotations

from typing import Any

import polars as pl
from rich.table import Table
from rich.text import Text

from buffycoat.curation.splits.summary import split_summary
from buffycoat.evaluation.figures import Evaluation, Figure
from buffycoat.pipeline.console import console, printable, say
from buffycoat.report.numbers import counted
from buffycoat.tables.samples import SampleTable

__all__ = [
    "first_left_out",
    "say_evaluation",
    "say_frame",
    "say_samples",
    "say_split",
    "with_interval",
]


def say_frame(frame: pl.DataFrame, title: str | None = None) -> None:
    """Print a small table."""
    shown = Table(title=title and _text(title), title_justify="left", title_style="bold")
    for name, kind in frame.schema.items():
        shown.add_column(_text(name), justify="right" if kind.is_numeric() else "left")
    for row in frame.iter_rows():
        shown.add_row(*(_text(_cell(value)) for value in row))
    console.print(shown)


def _text(name: str) -> Text:
    """What is never read as markup."""
    return Text(printable(name))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def with_interval(figure: Figure) -> str:
    """A figure with its interval, such as `0.837 (0.763 to 0.902)`."""
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def say_samples(table: SampleTable) -> None:
    """Print how many images, groups and classes there are, and what was left out and why."""
    usable = table.usable
    origin = " and ".join(table.group_columns)
    groups = counted(usable["group"].n_unique(), "group")
    by = f"{groups} (by {origin})" if origin else "no known groups"
    classes = counted(len(table.classes), "class", "classes")
    say(f"{counted(len(usable), 'usable image')} of {classes}, {by}", "bold")
    _say_left_out(table)
    for note in table.notes:
        say(f"note: {note}", "yellow")


def _say_left_out(table: SampleTable) -> None:
    """Print each kind of reason, how many images it left out, and the first of them."""
    left_out = table.frame.filter(pl.col("excluded_because").is_not_null())
    if not len(left_out):
        return
    images = "1 image is" if len(left_out) == 1 else f"{len(left_out)} images are"
    say(f"{images} left out, with a reason in the table:")
    kind = pl.col("excluded_because").str.replace(r"(?s)[:;(].*$", "").alias("kind")
    counts = left_out.group_by(kind).agg(pl.len(), pl.col("sample_id", "excluded_because").first())
    for _, n, sample, reason in counts.sort("len", "kind", descending=(True, False)).head(8).rows():
        say(f"  {n} such as {sample}: {reason}")


def first_left_out(table: SampleTable) -> str:
    """How many images were left out, and why the first of them."""
    left_out = table.frame.filter(pl.col("excluded_because").is_not_null())
    if not len(left_out):
        return "none was left out"
    sample, reason = left_out.select("sample_id", "excluded_because").row(0)
    return f"{len(left_out)} of {len(table.frame)} were left out, the first is {sample}: {reason}"


def say_split(table: SampleTable) -> None:
    """Print images, and groups in brackets, by class and split."""
    counts = split_summary(table)
    parts = [name.removesuffix("_images") for name in counts.columns if name.endswith("_images")]
    shown = [pl.format("{} ({})", f"{p}_images", f"{p}_groups").alias(p) for p in parts]
    say_frame(counts.select("class", *shown), "images (groups)")


def say_evaluation(evaluation: Evaluation) -> None:
    """Print the main figures with their intervals, and the baselines."""
    groups = counted(evaluation.n_groups, "group")
    known = groups if evaluation.groups_known else "taken as independent"
    said = f"{evaluation.split}: {counted(evaluation.n_images, 'image')} ({known})"
    shown = {name.replace("_", " "): figure for name, figure in evaluation.figures.items()}
    for name, figures in evaluation.baselines.items():
        if "accuracy" in figures:
            shown[f"accuracy of {name}"] = figures["accuracy"]
    rows = [
        {"": name, "value": f.value, "95% interval": f"{f.low:.4f} to {f.high:.4f}"}
        for name, f in shown.items()
    ]
    say_frame(pl.DataFrame(rows), said)
    for note in evaluation.notes:
        say(f"note: {note}", "yellow")
