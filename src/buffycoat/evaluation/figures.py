"""What an evaluation says: every number with its interval, its sample size and its data hash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

__all__ = [
    "ClassFigures",
    "ConfusedPair",
    "Evaluation",
    "Figure",
    "Mistake",
    "ReliabilityBin",
]

_ROWS = {
    "figure": pl.String(),
    "class": pl.String(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "method": pl.String(),
    "n_images": pl.Int64(),
    "n_groups": pl.Int64(),
    "split": pl.String(),
    "data_hash": pl.String(),
}


@dataclass(frozen=True)
class Figure:
    """A value with its 95% interval."""

    value: float
    low: float
    high: float
    method: str
    """`bootstrap over groups`, `bootstrap over images` or `exact binomial`."""


@dataclass(frozen=True)
class ClassFigures:
    """The figures of one class; None where one cannot be computed."""

    n_images: int
    """Images that carry the label."""
    n_groups: int
    """Groups that they come from."""
    precision: Figure | None
    recall: Figure | None
    f1: Figure | None
    auc: Figure | None
    """Against all other classes together."""


@dataclass(frozen=True)
class ReliabilityBin:
    """The answers whose confidence lies between `low` (exclusive) and `high`; never empty."""

    low: float
    high: float
    n: int
    confidence: float
    """Mean probability of the predicted class."""
    accuracy: float


@dataclass(frozen=True)
class ConfusedPair:
    """The images of one class that were taken for another."""

    label: str
    predicted: str
    n_images: int
    n_groups: int
    sample_ids: list[str]
    """The most confident first."""


@dataclass(frozen=True)
class Mistake:
    """One wrong answer."""

    sample_id: str
    path: str | None
    label: str
    predicted: str
    probability: float | None
    """Of the predicted class; None where the table holds no probabilities."""


@dataclass(frozen=True)
class Evaluation:
    """All figures of one run on one split."""

    run_id: str
    split: str
    """`given rows` where the table knows no splits."""
    n_images: int
    """Images that the figures are of; failed ones are not among them."""
    n_groups: int
    groups_known: bool
    """Whether anything is known of where images come from."""
    n_failed: int
    """Labelled images without an answer."""
    data_hash: str | None
    classes: tuple[str, ...]
    figures: dict[str, Figure]
    """By name; what cannot be computed is absent, and a note says why."""
    per_class: dict[str, ClassFigures]
    confusion: list[list[int]]
    """Images by label (rows) and predicted class (columns), in class order."""
    baselines: dict[str, dict[str, Figure]]
    """Accuracy, balanced accuracy and macro F1 of each baseline on the same images."""
    reliability: list[ReliabilityBin]
    roc: dict[str, list[tuple[float, float]]]
    """(false positive rate, true positive rate) by class, against all others."""
    precision_recall: dict[str, list[tuple[float, float]]]
    """(recall, precision) by class, against all others."""
    confused_pairs: list[ConfusedPair]
    """The most frequent first."""
    mistakes: list[Mistake]
    """All, the most confident first."""
    notes: list[str]
    """Sentences that belong beside the figures."""

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, ready for JSON."""
        return asdict(self)

    def as_rows(self) -> pl.DataFrame:
        """One row per figure; `class` is empty for those of all classes together."""
        whole = self._row_of_all
        rows = [whole(name, figure) for name, figure in self.figures.items()]
        rows += list(self._class_rows())
        for baseline, figures in self.baselines.items():
            rows += [whole(f"{name} of {baseline}", figure) for name, figure in figures.items()]
        return pl.DataFrame(rows, schema=_ROWS)

    def _row_of_all(self, name: str, figure: Figure) -> dict[str, Any]:
        return self._row(name, None, figure, self.n_images, self.n_groups)

    def _class_rows(self) -> Iterator[dict[str, Any]]:
        for label, of_class in self.per_class.items():
            for name in ("precision", "recall", "f1", "auc"):
                figure = getattr(of_class, name)
                if figure is not None:
                    yield self._row(name, label, figure, of_class.n_images, of_class.n_groups)

    def _row(
        self, name: str, label: str | None, figure: Figure, n_images: int, n_groups: int
    ) -> dict[str, Any]:
        size = {"n_images": n_images, "n_groups": n_groups}
        origin = {"split": self.split, "data_hash": self.data_hash}
        return {"figure": name, "class": label, **asdict(figure), **size, **origin}
