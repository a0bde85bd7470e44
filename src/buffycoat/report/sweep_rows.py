"""The rows of a sweep's page, and where their dots lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buffycoat.report.charts import Axis, make_axis
from buffycoat.report.differences import p_value, signed, signed_ends
from buffycoat.report.numbers import interval, percent
from buffycoat.report.sweep_setting import SweepSetting

if TYPE_CHECKING:
    from buffycoat.evaluation.standings import Standing, Standings

__all__ = ["PlacedRow", "SettingRow", "make_scale", "placed_rows", "setting_rows"]


@dataclass(frozen=True)
class SettingRow:
    """One setting in the table."""

    values: tuple[str, ...]
    n_seeds: int
    n_failed: int
    standing: Standing | None
    """On the validation rows; None where every trial of it failed."""
    difference: str
    """To the best, in percentage points; empty for the best itself."""
    between: str
    """The interval of the difference."""
    p: str
    test: Standing | None
    """None where its test figure is not shown."""
    epoch_s: float | None
    elapsed_s: float | None
    n_parameters: int | None
    multiply_adds: int | None


@dataclass(frozen=True)
class PlacedRow:
    """One setting in the dot plot; places are shares of the width in percent."""

    name: str
    value: str
    interval: str
    is_best: bool
    at: float
    low: float
    high: float
    replicates: tuple[float, ...]
    """Where the single seeds lie; empty for one alone."""


def setting_rows(
    settings: Sequence[SweepSetting], validation: Standings, test: Standings | None
) -> list[SettingRow]:
    """The settings, the best by validation first, those without a finished trial last."""
    ranked = {row.name: row for row in validation.rows}
    tested = {row.name: row for row in test.rows} if test else {}
    order = {name: i for i, name in enumerate(ranked)}
    by_rank = sorted(settings, key=lambda setting: order.get(setting.name, len(order)))
    return [_setting_row(s, ranked.get(s.name), tested.get(s.name)) for s in by_rank]


def _setting_row(
    setting: SweepSetting, standing: Standing | None, test: Standing | None
) -> SettingRow:
    gap = standing.difference if standing else None
    p = None if gap is None else gap.p if gap.p_corrected is None else gap.p_corrected
    first = setting.finished[0] if setting.finished else {}
    return SettingRow(
        values=tuple(str(value) for value in setting.values.values()),
        n_seeds=len(setting.finished),
        n_failed=len(setting.failed),
        standing=standing,
        difference=signed(gap.value) if gap else "",
        between=signed_ends(gap) if gap else "",
        p=p_value(p),
        test=test,
        epoch_s=setting.mean("epoch_s"),
        elapsed_s=setting.mean("elapsed_s"),
        n_parameters=first.get("n_parameters"),
        multiply_adds=first.get("multiply_adds"),
    )


def make_scale(standings: Sequence[Standing]) -> Axis:
    """A scale in percent of the width that holds every interval and every seed."""
    figures = [row.accuracy for row in standings]
    ends = [end for figure in figures for end in (figure.low, figure.high)]
    ends += [value for row in standings for value in row.by_replicate]
    margin = 0.02 * (max(ends) - min(ends)) + 0.001
    span = max(0.0, min(ends) - margin), min(1.0, max(ends) + margin)
    return make_axis("accuracy", span, (0, 100), say=percent)


def placed_rows(standings: Sequence[Standing], scale: Axis) -> list[PlacedRow]:
    """The rows of the dot plot, the first of them the best."""
    return [
        PlacedRow(
            row.name,
            percent(row.accuracy.value),
            interval(row.accuracy),
            is_best=i == 0,
            at=scale.at(row.accuracy.value),
            low=scale.at(row.accuracy.low),
            high=scale.at(row.accuracy.high),
            replicates=tuple(map(scale.at, row.by_replicate)) if row.spread is not None else (),
        )
        for i, row in enumerate(standings)
    ]
