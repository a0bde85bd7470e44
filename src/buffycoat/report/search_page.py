"""One HTML page from the trial table of a search: the best, what mattered, and what was tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from buffycoat.report.card import flat
from buffycoat.report.numbers import percent
from buffycoat.report.rendering import write_page
from buffycoat.report.search_charts import history_chart, setting_charts
from buffycoat.report.sweep_rows import make_scale, placed_rows

if TYPE_CHECKING:
    from buffycoat.evaluation.standings import Standings
    from buffycoat.tables.trials import TrialTable

__all__ = ["SearchResult", "build_search_page"]


class _Importance(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def share(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


@dataclass(frozen=True)
class SearchResult:
    """What a search found."""

    best: int
    """The number of the best trial."""
    validation: Standings
    """The best trials, ranked by their validation rows."""
    test: Standings | None
    """Of the best settings alone; None where there are no test rows."""
    n_retrained: int
    """Networks that were trained again with other seeds, whose test figure this is; 0 for none."""
    importances: Sequence[_Importance]
    """The most important first; empty where too few trials finished."""
    command: str
    """What trains the best settings again."""
    spent_s: float
    """Seconds searched."""


@dataclass(frozen=True)
class _Bar:
    """One setting's importance; places are shares of the width in percent."""

    name: str
    value: str
    interval: str
    at: float
    low: float
    high: float
    is_ours: bool = False


def build_search_page(out: Path, *, name: str, trials: TrialTable, result: SearchResult) -> Path:
    """The page, written whole or not at all; the same input gives the same bytes.

    Args:
        out: The HTML file, in the folder of the trial table.
        name: What the search is called.
        trials: All trials, with their `score`.
        result: What was found.

    Raises:
        DiskError: when it cannot be written.
    """
    rows = list(trials.frame.iter_rows(named=True))
    return write_page(
        out,
        "search.html",
        name=name,
        result=result,
        rows=[_row(row, trials, Path(out).parent) for row in rows],
        columns=list(trials.titles.values()),
        best=_best(rows, trials, result.best),
        top=next((r for r in result.validation.rows if r.name == f"trial {result.best}"), None),
        counts=Counter(row["status"] for row in rows),
        facts=_facts(trials),
        **_drawn(trials, rows, result),
    )


def _facts(trials: TrialTable) -> dict[str, Any]:
    facts = trials.facts
    rows = [(name, said) for name, said in facts["vary"].items()]
    asked = [
        (name, facts[name]) for name in ("function", "sampler", "pruner") if facts[name] != "none"
    ]
    monitor = str(facts["settings"]["learning"]["monitor"])
    return {
        "score": facts["score"].replace("_", " "),
        "data_hash": facts["data_hash"],
        "all_folds": facts["all_folds"],
        "is_distorted": monitor.startswith("distorted"),
        "asked": asked,
        "vary": rows,
        "base": flat(facts["settings"]),
    }


def _drawn(
    trials: TrialTable, rows: Sequence[Mapping[str, Any]], result: SearchResult
) -> dict[str, Any]:
    score, titles = trials.facts["score"].replace("_", " "), trials.titles
    scale = make_scale([*result.validation.rows, *(result.test.rows if result.test else ())])
    bars = [_bar(titles.get(item.name, item.name), item) for item in result.importances]
    return {
        "history": history_chart(rows, score, is_loss=trials.facts["score"] == "loss"),
        "settings": setting_charts(rows, titles, score),
        "dots": placed_rows(result.validation.rows, scale),
        "scale": scale,
        "bars": bars,
    }


def _bar(title: str, item: _Importance) -> _Bar:
    ends = f"{percent(item.low, '')} to {percent(item.high, '')}"
    at, low, high = (round(100 * share, 1) for share in (item.share, item.low, item.high))
    return _Bar(title, percent(item.share), ends, at, low, high)


def _best(
    rows: Sequence[Mapping[str, Any]], trials: TrialTable, number: int
) -> list[tuple[str, str]]:
    row = next(row for row in rows if row["trial_id"] == number)
    drawn = ((title, row[name]) for name, title in trials.titles.items())
    return [(title, _cell(value)) for title, value in drawn if value is not None]


def _row(row: Mapping[str, Any], trials: TrialTable, folder: Path) -> dict[str, Any]:
    report = folder / row["run"] / "report.html"
    link = f"{quote(row['run'])}/report.html" if report.is_file() else ""
    return {**row, "values": [_cell(row[name]) for name in trials.varied], "report": link}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
