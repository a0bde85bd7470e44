"""The end of a search of architectures: said on the console, and told on a page."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from buffycoat.evaluation.pairing import Contender
from buffycoat.evaluation.standings import Standings, rank_contenders
from buffycoat.pipeline.architecture_search.place import PAGE
from buffycoat.pipeline.architecture_search.record import (
    BY_CHANCE,
    RANKED,
    RETRAINED,
    SEARCH,
    TENTH,
)
from buffycoat.pipeline.architecture_search.stages import Stages, scores_of
from buffycoat.pipeline.console import say
from buffycoat.pipeline.summary import say_frame, with_interval
from buffycoat.pipeline.trials.answers import answers_of
from buffycoat.registry import Choice
from buffycoat.report.architecture_page import (
    ArchitectureResult,
    Ranking,
    build_architecture_page,
)
from buffycoat.runs import Run
from buffycoat.search.architecture_settings import ArchitectureSettings
from buffycoat.search.front import pareto_front
from buffycoat.search.honesty import rank_correlation, worth
from buffycoat.search.objectives import objectives
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.strategies.strategy import Scored, key_of

__all__ = ["costs_of", "show_architectures"]

_MOST_ON_PAGE = 40


def show_architectures(
    stages: Stages,
    best: Scored,
    asked: ArchitectureSettings,
    runs: Mapping[str, Sequence[Run]],
    out: Path,
) -> Path:
    """Print what was found and write the page.

    Args:
        stages: What was scored.
        best: What was chosen.
        asked: What was asked.
        runs: The retrained networks, `best` first.
        out: The folder of the search.
    """
    standings = rank_contenders(
        [
            Contender(name, tuple(answers_of(run, "test") for run in some))
            for name, some in runs.items()
        ],
        "test",
    )
    result = _result(stages, best, asked, standings, runs, out)
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


def _result(
    stages: Stages,
    best: Scored,
    asked: ArchitectureSettings,
    standings: Standings,
    runs: Mapping[str, Sequence[Run]],
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
        worth=_worth(asked.strategy.name, standings, stages.record.over[SEARCH].had_s),
        rankings=_rankings(stages),
        place=_place(stages, best),
        networks=_networks(stages, asked.objectives),
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


def _worth(strategy: str, standings: Standings, search_s: float) -> str:
    by_name = {row.name: row for row in standings.rows}
    if "by chance" not in by_name:
        return "Random search is what others are held against; nothing was held against it."
    found, chance = by_name["best"].by_replicate, by_name["by chance"].by_replicate
    return worth(strategy, found, chance, minutes=search_s / 60).sentence


def _rankings(stages: Stages) -> tuple[Ranking, ...]:
    """The search's scores and those at a tenth of its budget, against retraining."""
    if not stages.asked:
        return ()
    means = stages.record.mean_scores(RETRAINED)
    retrained = tuple(means.get(key_of(one), math.nan) for one in stages.asked)
    whole = SEARCH if stages.shares_weights else RANKED
    found = []
    for name, stage in (("at the whole budget", whole), ("at a tenth of it", TENTH)):
        known = [one for one in stages.record.of(stage) if one.how in ("asked", "trained")]
        scores = tuple(scores_of(stages.asked, known))
        ranks = rank_correlation(scores, retrained)
        both = (ranks.spearman, ranks.kendall) if ranks else (None, None)
        n = int(np.isfinite(np.array([scores, retrained])).all(0).sum())
        found.append(Ranking(name, scores, retrained, n, *both))
    return tuple(found)


def _place(stages: Stages, best: Scored) -> tuple[int, int] | None:
    """The place of the chosen one among all, where the whole space was retrained."""
    means = stages.record.mean_scores(RETRAINED)
    own = means.get(key_of(best.architecture))
    if len(means) < stages.space.n_architectures or own is None:
        return None
    return 1 + sum(mean > own for mean in means.values()), len(means)


def _networks(stages: Stages, costs: Sequence[Choice]) -> tuple[Mapping[str, Any], ...]:
    """The best that had weights of their own, with costs, and whether they are on the front."""
    by_key: dict[Any, Scored] = {}
    for one in (one for stage in (SEARCH, BY_CHANCE, RANKED) for one in stages.record.of(stage)):
        # Scores with shared weights are of another kind: they rank, and are no accuracies.
        if one.how == "trained" and math.isfinite(one.score):
            known = by_key.setdefault(key_of(one.architecture), one)
            if one.score > known.score:
                by_key[key_of(one.architecture)] = one
    kept = sorted(by_key.values(), key=lambda one: -one.score)[:_MOST_ON_PAGE]
    told = [costs_of(stages, one.architecture, costs) for one in kept]
    values = np.array([list(some.values()) for some in told]).reshape(len(kept), -1)
    front = set(pareto_front([one.score for one in kept], values))
    return tuple(
        {
            "architecture": one.architecture,
            "score": one.score,
            "costs": some,
            "is_front": i in front,
        }
        for i, (one, some) in enumerate(zip(kept, told, strict=True))
    )


def costs_of(
    stages: Stages, architecture: Architecture, costs: Sequence[Choice]
) -> dict[str, float]:
    """What a network costs, by the name of each cost.

    Raises:
        SettingError: for arguments that a cost does not take.
    """
    network = stages.space.fixed(architecture).to(stages.task.device)
    return {
        cost.name: float(
            objectives.get(cost.name)(network, stages.space.image_px, **cost.arguments)
        )
        for cost in costs
    }


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
