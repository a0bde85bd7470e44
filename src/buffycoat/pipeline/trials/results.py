"""The end of a sweep: settings side by side on the console and as one page."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl

from buffycoat.evaluation.pairing import Contender
from buffycoat.evaluation.standings import Standing, Standings, rank_contenders
from buffycoat.pipeline.console import say
from buffycoat.pipeline.given import beside
from buffycoat.pipeline.plugging import plugin_parts
from buffycoat.pipeline.summary import say_frame
from buffycoat.pipeline.trials.answers import answers_of
from buffycoat.pipeline.trials.folder import PAGE
from buffycoat.pipeline.trials.trial import write_page
from buffycoat.report.differences import signed
from buffycoat.report.numbers import interval, percent
from buffycoat.report.sweep_page import build_sweep_page
from buffycoat.report.sweep_setting import SweepSetting
from buffycoat.runs import open_run
from buffycoat.tables.trials import TrialTable

__all__ = ["settings_of", "show_results"]


def show_results(out: Path, trials: TrialTable, test: Literal["best", "all"]) -> None:
    """Print one row for each setting, and write the page.

    Args:
        out: The folder of the sweep.
        trials: Its trials, at least one of them finished.
        test: Whose test figures are shown, and whose own reports are on the test rows.
    """
    settings = settings_of(trials)
    finished = [setting for setting in settings if setting.runs]
    validation = rank_contenders([_contender(out, s, "validation") for s in finished], "validation")
    best = validation.rows[0].name
    shown = [s for s in finished if test == "all" or s.name == best]
    tested = _tested(out, shown)
    command = _repeated(out, next(s for s in finished if s.name == best), trials)
    page = build_sweep_page(
        out / PAGE,
        name=out.resolve().name,
        trials=trials,
        settings=settings,
        validation=validation,
        test=tested,
        command=command,
    )
    _say_settings(settings, validation, tested)
    say(f"best by validation: {best}; repeat it: {command}")
    say(f"page: {page}")


def settings_of(trials: TrialTable) -> list[SweepSetting]:
    """The settings in the order of their first trials; trials that differ in seed are one."""
    columns = [name for name in trials.varied if name != "seed"]
    rows: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in trials.frame.iter_rows(named=True):
        rows.setdefault(tuple(row[name] for name in columns), []).append(row)
    titles = trials.titles
    return [
        SweepSetting(dict(zip((titles[c] for c in columns), values, strict=True)), tuple(found))
        for values, found in rows.items()
    ]


def _contender(out: Path, setting: SweepSetting, split: str) -> Contender:
    tables = tuple(answers_of(open_run(out / run), split) for run in setting.runs)
    return Contender(setting.name, tables)


def _tested(out: Path, shown: Sequence[SweepSetting]) -> Standings | None:
    """The test figures of some settings, whose reports are written on the test rows too."""
    contenders = [_contender(out, setting, "test") for setting in shown]
    if not all(len(table.frame) for c in contenders for table in c.tables):
        return None
    for run in (run for setting in shown for run in setting.runs):
        write_page(open_run(out / run), "test")
    return rank_contenders(contenders, "test")


def _repeated(out: Path, best: SweepSetting, trials: TrialTable) -> str:
    """The command that trains the best setting again."""
    run = out / best.runs[0]
    again = ["--out", str(beside(out, "best"))]
    table = ["buffycoat", "train", str(run / "samples.parquet")]
    if trials.facts["all_folds"]:
        recipe = str(sorted(run.glob("fold-*"))[0] / "recipe.toml")
        again = ["--recipe", recipe, *_plugins(run), "--all-folds", *again]
    else:
        again = ["--like", str(run), *again]
    return shlex.join([*table, *again])


def _plugins(run: Path) -> list[str]:
    """The flags that load the plugins of a run again; `--like` needs none, it borrows them."""
    parts = plugin_parts(open_run(run))
    return [word for part in parts for word in ("--plugin", str(run / part))]


def _say_settings(
    settings: Sequence[SweepSetting], validation: Standings, test: Standings | None
) -> None:
    """Print one row for each setting, the best first, the test figure, and why trials failed."""
    by_name = {setting.name: setting for setting in settings}
    rows = [_said(by_name[standing.name], standing) for standing in validation.rows]
    groups = f"{validation.n_groups} groups" if validation.groups_known else "as independent"
    title = f"accuracy in %, {validation.n_images} validation images ({groups})"
    say_frame(pl.DataFrame(rows, infer_schema_length=None), title)
    for row in test.rows if test else ():
        over = f"; sd over seeds {percent(row.spread, '')}" if row.spread is not None else ""
        say(f"test accuracy of {row.name}: {_with_interval(row)}{over}")
    for trial in (trial for setting in settings for trial in setting.failed):
        say(f"failed: {trial['run']}: {trial['reason']}", "yellow")


def _said(setting: SweepSetting, standing: Standing) -> dict[str, str]:
    gap, epoch_s = standing.difference, setting.mean("epoch_s")
    return {
        **{name: str(value) for name, value in setting.values.items()},
        "seeds": str(len(setting.runs)),
        "validation (95%)": _with_interval(standing),
        "sd": "" if standing.spread is None else percent(standing.spread, ""),
        "to best": signed(gap.value) if gap else "",
        "s/epoch": "" if epoch_s is None else f"{epoch_s:.1f}",
    }


def _with_interval(row: Standing) -> str:
    return f"{percent(row.accuracy.value, '')} ({interval(row.accuracy)})"
