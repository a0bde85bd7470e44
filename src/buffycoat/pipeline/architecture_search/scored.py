"""What the scores of a search say: ranks against retraining, and the best with their costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from buffycoat.pipeline.architecture_search.record import (
    BY_CHANCE,
    RANKED,
    RETRAINED,
    SEARCH,
    TENTH,
)
from buffycoat.pipeline.architecture_search.stages import Stages
from buffycoat.registry import Choice
from buffycoat.report.architecture_page import Ranking
from buffycoat.search.front import pareto_front
from buffycoat.search.honesty import rank_correlation
from buffycoat.search.objectives import objectives
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.strategies.strategy import Scored, key_of

__all__ = ["best_networks", "costs_of", "place_of", "rankings"]

_MOST_ON_PAGE = 40
_TIMED = "latency_ms"  # takes tenths of a second for each network


def rankings(stages: Stages) -> tuple[Ranking, ...]:
    """The search's scores and those at a tenth of its budget, against retraining."""
    if not stages.asked:
        return ()
    means = stages.record.mean_scores(RETRAINED)
    retrained = tuple(means.get(key_of(one), math.nan) for one in stages.asked)
    whole = (SEARCH,) if stages.shares_weights else (stages.chance, RANKED)
    found = []
    for name, parts in (("at the whole budget", whole), ("at a tenth of it", (TENTH,))):
        rows = [one for stage in parts for one in stages.record.of(stage)]
        known = [one for one in rows if one.how in ("asked", "trained")]
        scores = tuple(_scores(stages.asked, known))
        ranks = rank_correlation(scores, retrained)
        both = (ranks.spearman, ranks.kendall) if ranks else (None, None)
        n = int(np.isfinite(np.array([scores, retrained])).all(0).sum())
        found.append(Ranking(name, scores, retrained, n, *both))
    return tuple(found)


def _scores(asked: Sequence[Architecture], scored: Sequence[Scored]) -> list[float]:
    """The last score of each of some architectures; NaN where there is none."""
    by_key = {key_of(one.architecture): one.score for one in scored}
    return [by_key.get(key_of(one), math.nan) for one in asked]


def place_of(stages: Stages, best: Scored) -> tuple[int, int] | None:
    """The place of the chosen one among all, where the whole space was retrained."""
    means = stages.record.mean_scores(RETRAINED)
    own = means.get(key_of(best.architecture))
    if len(means) < stages.space.n_architectures or own is None:
        return None
    return 1 + sum(mean > own for mean in means.values()), len(means)


def best_networks(stages: Stages, costs: Sequence[Choice]) -> tuple[Mapping[str, Any], ...]:
    """The best that had weights of their own, with costs, and whether they are on the front.

    The front is that of all of them; where milliseconds are a cost, which take long to measure, of
    the best and of those on the front by what is counted.
    """
    by_key: dict[Any, Scored] = {}
    for one in (one for stage in (SEARCH, BY_CHANCE, RANKED) for one in stages.record.of(stage)):
        # Scores with shared weights are of another kind: they rank, and are no accuracies.
        if one.how == "trained" and math.isfinite(one.score):
            known = by_key.setdefault(key_of(one.architecture), one)
            if one.score > known.score:
                by_key[key_of(one.architecture)] = one
    ordered = sorted(by_key.values(), key=lambda one: -one.score)
    counted = [one for one in costs if one.name != _TIMED] or [Choice("parameters")]
    few = {*range(_MOST_ON_PAGE), *_front(ordered, _told(stages, ordered, counted))}
    kept = [one for i, one in enumerate(ordered) if i in few]
    told = _told(stages, kept, costs)
    front = _front(kept, told)
    return tuple(
        {
            "architecture": one.architecture,
            "score": one.score,
            "costs": some,
            "is_front": i in front,
        }
        for i, (one, some) in enumerate(zip(kept, told, strict=True))
    )


def _told(
    stages: Stages, scored: Sequence[Scored], costs: Sequence[Choice]
) -> list[dict[str, float]]:
    return [costs_of(stages, one.architecture, costs) for one in scored]


def _front(scored: Sequence[Scored], told: Sequence[Mapping[str, float]]) -> set[int]:
    """The places of those that no other beats in score and in every cost."""
    values = np.array([list(some.values()) for some in told]).reshape(len(scored), -1)
    return set(pareto_front([one.score for one in scored], values))


def costs_of(
    stages: Stages, architecture: Architecture, costs: Sequence[Choice]
) -> dict[str, float]:
    """What a network costs, by each cost as it was asked for.

    Raises:
        SettingError: for arguments that a cost does not take.
    """
    network = stages.space.fixed(architecture).to(stages.task.device)
    return {
        str(cost): float(
            objectives.get(cost.name)(network, stages.space.image_px, **cost.arguments)
        )
        for cost in costs
    }
