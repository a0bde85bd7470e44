"""What the tables and small charts of the page draw: accuracy, classes and confusions."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, sqrt
from typing import TYPE_CHECKING

from buffycoat.report.charts import Axis, make_axis
from buffycoat.report.numbers import interval, is_known, percent, width_of
from buffycoat.report.thumbnails import Picture
from buffycoat.report.verdict import WIDE, weakest_class

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from buffycoat.evaluation.evaluate import Evaluation
    from buffycoat.evaluation.figures import Figure

__all__ = [
    "ClassRow",
    "ConfusionCell",
    "ConfusionRow",
    "IntervalRow",
    "accuracy_rows",
    "class_rows",
    "confusion_rows",
    "recall_axis",
]


@dataclass(frozen=True)
class IntervalRow:
    """One line of the accuracy chart; places are percentages of its width."""

    name: str
    is_ours: bool
    value: str
    interval: str
    at: float
    low: float
    high: float


@dataclass(frozen=True)
class ClassRow:
    """One line of the class table."""

    name: str
    picture: Picture | None
    n_images: int
    n_groups: int
    recall: Figure | None
    precision: Figure | None
    f1: Figure | None
    at: tuple[float, float, float] | None
    """Value, low and high of the recall on `recall_axis`, in pixels."""
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class ConfusionCell:
    """How often one class got one answer."""

    n: int
    share: str
    """Of the images with this label."""
    strength: float
    """How strongly it is coloured, 0 to 1."""
    is_right: bool
    title: str


@dataclass(frozen=True)
class ConfusionRow:
    """The answers for one label."""

    label: str
    n: int
    cells: tuple[ConfusionCell, ...]


def accuracy_rows(evaluation: Evaluation, name: str) -> list[IntervalRow]:
    """The accuracy of the classifier and of each baseline, best first.

    Args:
        evaluation: The figures.
        name: What the classifier is called.
    """
    shown = [(name, evaluation.figures.get("accuracy"), True)]
    simple = [(k.replace("_", " "), f.get("accuracy"), False) for k, f in _baselines(evaluation)]
    known = [row for row in (*shown, *simple) if row[1] is not None and is_known(row[1].value)]
    return [_interval_row(label, figure, ours) for label, figure, ours in known if figure]


def _baselines(evaluation: Evaluation) -> list[tuple[str, Mapping[str, Figure]]]:
    known = [(k, f) for k, f in evaluation.baselines.items() if "accuracy" in f]
    return sorted(known, key=lambda item: -item[1]["accuracy"].value)


def _interval_row(name: str, figure: Figure, is_ours: bool) -> IntervalRow:
    low, high = (end if is_known(end) else figure.value for end in (figure.low, figure.high))
    places = (round(100 * value, 2) for value in (figure.value, low, high))
    return IntervalRow(name, is_ours, percent(figure.value), interval(figure), *places)


def recall_axis(evaluation: Evaluation) -> Axis:
    """The scale of the small charts in the class table: from a round share to 100%."""
    recalls = [row.recall for row in evaluation.per_class.values()]
    lows = [recall.low for recall in recalls if recall and is_known(recall.low)]
    start = max(0.0, floor(10 * min(lows, default=0.0) - 0.01) / 10)
    return make_axis("recall", (min(start, 0.9), 1.0), (4, 116), say=percent)


def class_rows(evaluation: Evaluation, pictures: Mapping[str, Picture]) -> list[ClassRow]:
    """The classes in their order, the weakest and the uncertain ones marked in words.

    Args:
        evaluation: The figures.
        pictures: An image of each class, where there is one.
    """
    axis, weakest = recall_axis(evaluation), weakest_class(evaluation)
    rows = []
    for name in evaluation.classes:
        if name not in evaluation.per_class:
            continue
        row = evaluation.per_class[name]
        remarks = ["weakest"] if name == weakest else []
        if width_of(row.recall) > WIDE:
            remarks.append("few groups" if evaluation.groups_known else "few images")
        rows.append(
            ClassRow(
                name,
                pictures.get(name),
                row.n_images,
                row.n_groups,
                row.recall,
                row.precision,
                row.f1,
                _places(axis, row.recall),
                tuple(remarks),
            )
        )
    return rows


def _places(axis: Axis, figure: Figure | None) -> tuple[float, float, float] | None:
    if figure is None or not all(
        is_known(value) for value in (figure.value, figure.low, figure.high)
    ):
        return None
    return axis.at(figure.value), axis.at(figure.low), axis.at(figure.high)


def confusion_rows(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> list[ConfusionRow]:
    """The confusion matrix for the page; the one place where its two axes are told apart.

    Args:
        counts: Images by true label (rows) and predicted class (columns).
        classes: Their names, in the order of both axes.
    """
    rows = []
    for i, (label, row) in enumerate(zip(classes, counts, strict=True)):
        n = sum(row)
        cells = [_cell(label, classes[j], row[j], n, i == j) for j in range(len(classes))]
        rows.append(ConfusionRow(label, n, tuple(cells)))
    return rows


def _cell(label: str, predicted: str, n: int, n_label: int, is_right: bool) -> ConfusionCell:
    share = n / n_label if n_label else 0.0
    # The root lets one mistake in a hundred still be seen.
    strength = share if is_right else sqrt(share)
    title = f"true label {label}, predicted {predicted}: {n} of {n_label} images"
    return ConfusionCell(n, percent(share), round(strength, 2), is_right, title)
