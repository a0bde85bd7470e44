"""What the tables of a comparison hold, written out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buffycoat.evaluation.verdicts import points
from buffycoat.report.differences import p_value, signed, signed_ends
from buffycoat.report.numbers import interval, percent

if TYPE_CHECKING:
    from buffycoat.evaluation.comparison import Comparison, Costs, MethodFigures, Pair, Spread
    from buffycoat.evaluation.difference import Difference
    from buffycoat.evaluation.figures import Figure

__all__ = [
    "ClassTable",
    "MethodRow",
    "PairRow",
    "class_table",
    "cost_headings",
    "method_rows",
    "pair_rows",
    "shown_pairs",
]

_MOST_PAIRS = 3

_COSTS: dict[str, Callable[[Costs], float | None]] = {
    "seconds per epoch": lambda costs: costs.epoch_s,
    "epochs": lambda costs: costs.n_epochs,
    "minutes in all": lambda costs: _scaled(costs.training_s, 60),
    "million parameters": lambda costs: _scaled(costs.n_parameters, 1e6),
    "million multiply-adds": lambda costs: _scaled(costs.multiply_adds, 1e6),
    "MB": lambda costs: costs.size_mb,
}


@dataclass(frozen=True)
class Cell:
    """A number with what stands small below it."""

    value: str
    below: str = ""
    stands_out: bool = False
    spread: str = ""
    """How the replicates vary; empty for a single run."""


@dataclass(frozen=True)
class MethodRow:
    """One method in the table of figures and costs."""

    name: str
    runs: str
    """Which runs it stands for; empty where that is its name."""
    figures: tuple[Cell, ...]
    """Accuracy, balanced accuracy, macro F1."""
    costs: tuple[str, ...]
    """Under the headings of `cost_headings`; empty where one is not known."""


@dataclass(frozen=True)
class PairRow:
    """One pair in the table of differences."""

    first: str
    second: str
    differences: tuple[Cell, ...]
    p: tuple[Cell, ...]
    """Of the accuracy by bootstrap, and by McNemar with its counts."""


@dataclass(frozen=True)
class ClassTable:
    """Recall by class and method, and the differences of the pairs shown."""

    pairs: tuple[Pair, ...]
    rows: tuple[tuple[str, int, tuple[Cell, ...], tuple[Cell, ...]], ...]
    """Class, images, recall by method, difference by pair."""


def shown_pairs(comparison: Comparison) -> tuple[Pair, ...]:
    """All pairs where they are few; else those of the most accurate method."""
    if len(comparison.pairs) <= _MOST_PAIRS:
        return comparison.pairs
    best = max(comparison.methods, key=lambda m: m.figures["accuracy"].value).name
    return tuple(pair for pair in comparison.pairs if best in (pair.first, pair.second))


def cost_headings(comparison: Comparison) -> list[str]:
    """The costs that are known of any method."""
    costs = [method.costs for method in comparison.methods]
    return [name for name, cost in _COSTS.items() if any(cost(c) is not None for c in costs)]


def method_rows(comparison: Comparison) -> list[MethodRow]:
    """The methods in the order in which they were given."""
    headings = cost_headings(comparison)
    return [
        MethodRow(
            method.name,
            _runs(method),
            tuple(_cell(f, method.spread.get(name)) for name, f in method.figures.items()),
            tuple(_short(_COSTS[name](method.costs)) for name in headings),
        )
        for method in comparison.methods
    ]


def _scaled(value: float | None, unit: float) -> float | None:
    return None if value is None else value / unit


def _runs(method: MethodFigures) -> str:
    if len(method.run_ids) == 1:
        return "" if method.name == method.run_ids[0] else f"run {method.run_ids[0]}"
    listed = ", ".join(method.run_ids)
    return f"mean of {len(method.run_ids)} runs" + ("" if listed == method.name else f": {listed}")


def _cell(figure: Figure, spread: Spread | None) -> Cell:
    said = f"sd {points(spread.sd)} over {len(spread.values)} runs" if spread else ""
    return Cell(percent(figure.value), interval(figure), spread=said)


def _short(value: float | None) -> str:
    """About three digits."""
    if value is None:
        return ""
    if value >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else "<0.1"


def pair_rows(comparison: Comparison) -> list[PairRow]:
    """Every pair with its differences, and the p values of its accuracy."""
    many = len(comparison.pairs) > 1
    return [
        PairRow(pair.first, pair.second, _cells(pair.differences.values()), _p_cells(pair, many))
        for pair in comparison.pairs
    ]


def _p_cells(pair: Pair, many: bool) -> tuple[Cell, Cell]:
    """By bootstrap and by McNemar, with what each is without the correction for many."""
    found, test = pair.differences["accuracy"], pair.mcnemar
    alone = f"uncorrected {p_value(found.p)}" if many else ""
    bootstrap = Cell(p_value(found.p_corrected), alone)
    if test is None:
        return bootstrap, Cell("", "not for replicates")
    alone = f"; uncorrected {p_value(test.p)}" if many else ""
    counts = f"{test.n_first_only:,} against {test.n_second_only:,}{alone}"
    return bootstrap, Cell(p_value(test.p_corrected), counts)


def _cells(differences: Iterable[Difference | None]) -> tuple[Cell, ...]:
    cells = (
        d and Cell(signed(d.value), signed_ends(d), d.low > 0 or d.high < 0) for d in differences
    )
    return tuple(cell or Cell("") for cell in cells)


def class_table(comparison: Comparison) -> ClassTable:
    """Recall by class and method, with the differences of the pairs shown."""
    pairs = shown_pairs(comparison)
    rows = []
    for label, n in zip(comparison.classes, comparison.class_sizes, strict=True):
        if n:
            recalls = [method.recalls[label] for method in comparison.methods]
            cells = tuple(Cell(percent(recall.value), interval(recall)) for recall in recalls)
            rows.append((label, n, cells, _cells(pair.recalls.get(label) for pair in pairs)))
    return ClassTable(pairs, tuple(rows))
