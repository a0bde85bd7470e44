"""The end of a search of architectures: said on the console, and told on a page."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from buffycoat.evaluation.pairing import Contender
from buffycoat.evaluation.standings import Standings, rank_contenders
from buffycoat.pipeline.architecture_search.pace import shorter_trials
from buffycoat.pipeline.architecture_search.place import PAGE
from buffycoat.pipeline.architecture_search.record import RETRAINED, SEARCH, Spent
from buffycoat.pipeline.architecture_search.scored import place_of, rankings
from buffycoat.pipeline.architecture_search.stages import Stages
from buffycoat.pipeline.console import say
from buffycoat.pipeline.summary import say_frame, with_interval
from buffycoat.pipeline.trials.answers import answers_of
from buffycoat.report.architecture_page import ArchitectureResult, build_architecture_page
from buffycoat.runs import Run
from buffycoat.search.architecture_settings import ArchitectureSettings
from buffycoat.search.honesty import worth
from buffycoat.search.strategies.strategy import Scored, chosen, key_of

__all__ = ["show_architectures"]

_FEW = 10


def show_architectures(
    stages: Stages,
    best: Scored,
    asked: ArchitectureSettings,
    runs: Mapping[str, Sequence[Run]],
    networks: tuple[Mapping[str, Any], ...],
    out: Path,
) -> Path:
    """Print what was found and write the page.

    Args:
        stages: What was scored.
        best: What was chosen.
        asked: What was asked.
        runs: The retrained networks, `best` first.
        networks: The best that were trained by themselves, with their costs.
        out: The folder of the search.
    """
    result = _result(stages, best, asked, _standings(runs, "test"), runs, networks, out)
    page = build_architecture_page(
        out / PAGE,
        name=out.resolve().name,
        result=result,
        drawing=(out / "best.svg").read_text(encoding="utf-8"),
        data_hash=str(stages.record.facts["data_hash"]),
    )
    _say(result)
    say(f"the network: {out / 'best.py'}, {out / 'best.json'}, {out / 'best.svg'}")
    say(f"train it again: {result.command}")
    say(f"page: {page}")
    return page


def _standings(runs: Mapping[str, Sequence[Run]], split: str) -> Standings:
    contenders = [
        Contender(name, tuple(answers_of(run, split) for run in some))
        for name, some in runs.items()
    ]
    return rank_contenders(contenders, split)


def _result(
    stages: Stages,
    best: Scored,
    asked: ArchitectureSettings,
    standings: Standings,
    runs: Mapping[str, Sequence[Run]],
    networks: tuple[Mapping[str, Any], ...],
    out: Path,
) -> ArchitectureResult:
    scored = [one for some in stages.record.scored.values() for one in some]
    failed = [one for one in scored if not math.isfinite(one.score)]
    return ArchitectureResult(
        space=stages.space.name,
        n_architectures=stages.space.n_architectures,
        strategy=asked.strategy.name,
        architecture=best.architecture,
        score=best.score,
        how=best.how,
        standings=standings,
        worth=_worth(asked.strategy.name, standings, stages.record.over[SEARCH]),
        ranked_epochs=stages.record.epochs.get(RETRAINED, asked.epochs),
        better=_better(stages, best, runs),
        few=_few(stages),
        rankings=rankings(stages),
        place=place_of(stages, best),
        networks=networks,
        epochs={name: tuple(_n_epochs(run) for run in some) for name, some in runs.items()},
        n_epochs=asked.epochs,
        n_failed=len(failed),
        reasons=tuple(dict.fromkeys(one.reason for one in failed)),
        seconds={stage: spent.took_s for stage, spent in stages.record.over.items()},
        command=shlex.join(
            ["buffycoat", "train", "TABLE", "--recipe", str(out / "best.toml"), "--out", "RUN"]
        ),
    )


def _n_epochs(run: Run) -> int:
    return pl.read_csv(run.part("history.csv")).height


def _worth(strategy: str, standings: Standings, spent: Spent) -> str:
    by_name = {row.name: row for row in standings.rows}
    if "by chance" not in by_name:
        return "Random search is what others are held against; nothing was held against it."
    found, chance = by_name["best"].by_replicate, by_name["by chance"].by_replicate
    minutes, needed = spent.had_s / 60, spent.took_s / 60
    return worth(strategy, found, chance, minutes=minutes, needed=needed).sentence


def _few(stages: Stages) -> str:
    """How more networks are seen, where the time was over after a few of them."""
    spent, trials = stages.record.over[SEARCH], stages.record.of(SEARCH)
    if spent.had_s - spent.took_s > max(one.seconds for one in trials):
        return ""  # there was time for another: it has settled
    n = len({key_of(one.architecture) for one in trials})
    if stages.shares_weights or n >= min(_FEW, stages.space.n_architectures):
        return ""
    of = f"of {stages.space.n_architectures:,} networks"
    said = f"{n} {of} had their turn" if n > 1 else f"One {of} had its turn"
    way = f"{shorter_trials(stages.task.settings.epochs)} or a longer --budget show more"
    return f"{said} in the time of the search: {way}, as does a strategy that shares weights."


def _better(stages: Stages, best: Scored, runs: Mapping[str, Sequence[Run]]) -> str:
    """Whether chance's network is another one and to be preferred, by rows that may choose."""
    other = chosen(stages.record.of(stages.chance))
    if other is None or key_of(other.architecture) == key_of(best.architecture):
        return ""
    validated = _standings(runs, "validation")
    accuracy = {row.name: row.accuracy.value for row in validated.rows}
    own, chance = accuracy["best"], accuracy["by chance"]
    if chance <= own:
        return ""
    said = "On the validation rows, what random search chose is the better one when retrained"
    return f"{said}, {chance:.4f} against {own:.4f}: its recipe is by-chance.toml."


def _say(result: ArchitectureResult) -> None:
    rows = [
        {
            "chosen by": result.strategy if row.name == "best" else "random search",
            "test accuracy": with_interval(row.accuracy),
            "sd over seeds": "" if row.spread is None else f"{row.spread:.4f}",
        }
        for row in result.standings.rows
    ]
    say_frame(pl.DataFrame(rows), "retrained from scratch")
    for ranking in result.rankings:
        if ranking.spearman:
            said = f"rank correlation of scores {ranking.name} with retraining"
            by = f"Spearman, {ranking.n} networks"
            say(f"{said}: {with_interval(ranking.spearman)} ({by})")
    if result.place:
        said = f"the chosen network is number {result.place[0]} of {result.place[1]}"
        say(f"{said} when all are retrained")
    say(result.worth)
    for said in (result.better, result.few):
        if said:
            say(said, "yellow")
