"""Charts of a training: loss and accuracy by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from buffycoat.report.charts import Chart, Rule, make_axis, share_tick

__all__ = ["learning_charts"]


def learning_charts(history: pl.DataFrame, best: Mapping[str, Any]) -> list[tuple[str, Chart]]:
    """Loss and accuracy by epoch, over all phases, with the chosen epoch marked.

    Args:
        history: One row per epoch: `phase`, `epoch` and columns that end in `loss` or `accuracy`.
        best: `epoch` and `phase` of the one that was kept.

    Returns:
        What each chart shows, and the chart; none for an empty history.
    """
    if not len(history):
        return []
    charts = []
    for ending, title in (("loss", "Loss"), ("accuracy", "Accuracy")):
        names = [name for name in history.columns if name.endswith(ending)]
        numbers = history.select(pl.col(names).cast(pl.Float64, strict=False))
        numbers = numbers.select(pl.all().replace([float("inf"), float("nan")], None))
        names = [name for name in names if numbers[name].null_count() < len(history)]
        if names:
            chart = _learning_chart(title, numbers.select(names))
            charts.append((title, replace(chart, rules=_rules(chart, history, best))))
    return charts


def _learning_chart(title: str, numbers: pl.DataFrame) -> Chart:
    is_share = title == "Accuracy"
    values = pl.concat([numbers[name] for name in numbers.columns]).drop_nulls()
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    room = 0.06 * (high - low) or 0.01
    span = (max(0.0, low - room), min(1.0, high + room) if is_share else high + room)
    x = make_axis("epoch", (0.5, len(numbers) + 0.5), (52, 408), n_ticks=10, whole=True)
    y = make_axis(title.lower(), span, (228, 26), say=share_tick if is_share else "{:g}".format)
    chart = Chart(f"{title.lower()} by epoch", 420, 270, x, y)
    lines = [
        chart.curve(
            "train" if name.startswith("train") else "main",
            [(i + 1, v) for i, v in enumerate(numbers[name]) if v is not None],
        )
        for name in numbers.columns
    ]
    return replace(chart, lines=tuple(lines))


def _rules(chart: Chart, history: pl.DataFrame, best: Mapping[str, Any]) -> tuple[Rule, ...]:
    phases = history["phase"].to_list() if "phase" in history.columns else [""] * len(history)
    epochs = history["epoch"].to_list() if "epoch" in history.columns else []
    borders = [i for i in range(1, len(phases)) if phases[i] != phases[i - 1]]
    rules = [Rule(chart.x.at(i + 0.5), "") for i in borders]
    for i, epoch in enumerate(epochs):
        if epoch == best.get("epoch") and phases[i] == best.get("phase", phases[-1]):
            anchor = "end" if i + 1 > len(phases) / 2 else "start"
            rules.append(Rule(chart.x.at(i + 1), f"kept: epoch {epoch}", "chosen", anchor))
    return tuple(rules)
