"""What a comparison says: the figures of each method, and the difference of each pair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from buffycoat.evaluation.difference import Difference
from buffycoat.evaluation.disagreements import Disagreement
from buffycoat.evaluation.figures import Figure
from buffycoat.evaluation.left_out import LeftOut
from buffycoat.evaluation.paired_tests import McNemar

__all__ = ["Comparison", "Costs", "MethodFigures", "Pair", "Spread"]

_ROWS = {
    "first": pl.String(),
    "second": pl.String(),
    "figure": pl.String(),
    "class": pl.String(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "method": pl.String(),
    "p": pl.Float64(),
    "p_corrected": pl.Float64(),
    "replicates_sd": pl.Float64(),
    "n_replicates": pl.Int64(),
    "n_images": pl.Int64(),
    "n_groups": pl.Int64(),
    "split": pl.String(),
    "data_hash": pl.String(),
}


@dataclass(frozen=True)
class Costs:
    """What a method costs; None where it is not known. Replicates are averaged."""

    epoch_s: float | None = None
    """Seconds of an epoch, its look at the validation rows included."""
    n_epochs: float | None = None
    training_s: float | None = None
    """Seconds from the first image read to the last answer; all folds together."""
    n_parameters: int | None = None
    multiply_adds: int | None = None
    """Of one image."""
    size_mb: float | None = None
    """The file of the weights, in millions of bytes; of one fold where there are folds."""
    device: str | None = None
    """What the times were taken on."""


@dataclass(frozen=True)
class Spread:
    """One figure over the replicates of a method, such as its seeds."""

    mean: float
    sd: float
    """Standard deviation of single replicates (n - 1)."""
    values: tuple[float, ...]


@dataclass(frozen=True)
class MethodFigures:
    """One method on the samples that all have answered."""

    name: str
    run_ids: tuple[str, ...]
    """Of its replicates; one where there are none."""
    data_hashes: tuple[str | None, ...]
    figures: dict[str, Figure]
    """Accuracy, balanced accuracy and macro F1, averaged over replicates."""
    recalls: dict[str, Figure]
    """By class; classes without images are absent."""
    spread: dict[str, Spread]
    """By figure; empty for a single run."""
    costs: Costs


@dataclass(frozen=True)
class Pair:
    """The first method minus the second."""

    first: str
    second: str
    differences: dict[str, Difference]
    """Of accuracy, balanced accuracy and macro F1; p is corrected over all pairs."""
    recalls: dict[str, Difference]
    """By class; p is not corrected."""
    mcnemar: McNemar | None
    """None where a method has several replicates."""
    verdict: str
    """A sentence."""


@dataclass(frozen=True)
class Comparison:
    """All figures of several methods on the same samples."""

    split: str
    n_images: int
    n_groups: int
    groups_known: bool
    classes: tuple[str, ...]
    class_sizes: tuple[int, ...]
    """Images by label, in class order."""
    methods: tuple[MethodFigures, ...]
    """In the order in which they were given."""
    pairs: tuple[Pair, ...]
    left_out: tuple[LeftOut, ...]
    disagreements: tuple[Disagreement, ...]
    """Some right and some wrong; those on which both sides are sure come first."""
    shared_mistakes: tuple[Disagreement, ...]
    """Wrong for all."""
    notes: tuple[str, ...]
    """Sentences that belong beside the figures."""

    @property
    def data_hash(self) -> str | None:
        """The hash that all methods have; None where they differ or one is not known."""
        hashes = {known for m in self.methods for known in m.data_hashes}
        return hashes.pop() if len(hashes) == 1 else None

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, ready for JSON."""
        return asdict(self)

    def as_rows(self) -> pl.DataFrame:
        """One row per figure of a method, and per difference, where `second` is not empty."""
        rows = [row for method in self.methods for row in self._of_method(method)]
        rows += [row for pair in self.pairs for row in self._of_pair(pair)]
        return pl.DataFrame(rows, schema=_ROWS)

    def _of_method(self, method: MethodFigures) -> Iterator[dict[str, Any]]:
        n = len(method.run_ids)
        for name, figure in method.figures.items():
            sd = method.spread[name].sd if name in method.spread else None
            more = {"replicates_sd": sd, "n_replicates": n}
            yield self._row(method.name, None, name, None, figure) | more
        for label, figure in method.recalls.items():
            yield self._row(method.name, None, "recall", label, figure) | {"n_replicates": n}
        for name, value in asdict(method.costs).items():
            if isinstance(value, int | float):
                yield {"first": method.name, "figure": name, "value": value, "n_replicates": n}

    def _of_pair(self, pair: Pair) -> Iterator[dict[str, Any]]:
        for name, found in pair.differences.items():
            yield self._row(pair.first, pair.second, name, None, found)
        for label, found in pair.recalls.items():
            yield self._row(pair.first, pair.second, "recall", label, found)
        if test := pair.mcnemar:
            yield {
                "first": pair.first,
                "second": pair.second,
                "figure": "mcnemar_discordant",
                "value": float(test.n_first_only - test.n_second_only),
                "method": f"exact: {test.n_first_only} against {test.n_second_only}",
                "p": test.p,
                "p_corrected": test.p_corrected,
                **self._origin(),
            }

    def _row(
        self,
        first: str,
        second: str | None,
        name: str,
        label: str | None,
        figure: Figure | Difference,
    ) -> dict[str, Any]:
        named = {"first": first, "second": second, "figure": name, "class": label}
        known = {key: value for key, value in asdict(figure).items() if key in _ROWS}
        return {**named, **known, **self._origin(label)}

    def _origin(self, label: str | None = None) -> dict[str, Any]:
        n = self.n_images if label is None else self.class_sizes[self.classes.index(label)]
        return {
            "n_images": n,
            "n_groups": self.n_groups if label is None else None,
            "split": self.split,
            "data_hash": self.data_hash,
        }
