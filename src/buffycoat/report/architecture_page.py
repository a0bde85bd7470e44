"""One HTML page of a search of architectures: what was found, and whether it was worth it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buffycoat.report.architecture_charts import front_chart, rank_chart
from buffycoat.report.rendering import write_page

if TYPE_CHECKING:
    from buffycoat.evaluation.figures import Figure
    from buffycoat.evaluation.standings import Standings

__all__ = ["ArchitectureResult", "Ranking", "build_architecture_page"]


@dataclass(frozen=True)
class Ranking:
    """How the scores of some networks order them, against their retraining."""

    name: str
    """With which part of the budget the scores were made."""
    scores: tuple[float, ...]
    retrained: tuple[float, ...]
    """NaN where there is none; the same networks in the same order."""
    n: int
    """Networks that have both."""
    spearman: Figure | None
    """None where too few have both."""
    kendall: Figure | None


@dataclass(frozen=True)
class ArchitectureResult:
    """What a search of architectures found."""

    space: str
    n_architectures: int
    strategy: str
    architecture: Mapping[str, Any]
    score: float
    """Of the chosen network on the validation rows, as the search saw it."""
    how: str
    """With which weights."""
    standings: Standings
    """`best`, and `by chance` where that is another search, on the test rows."""
    worth: str
    """Whether the search was worth its cost."""
    better: str
    """That chance's network is the better one by the validation rows; empty where it is not."""
    few: str
    """How more networks are seen, where few were; empty where many were."""
    rankings: tuple[Ranking, ...]
    ranked_epochs: int
    """That the networks of the rankings were retrained for."""
    place: tuple[int, int] | None
    """Of the chosen network among all of the space when each is retrained; None for a large one."""
    networks: tuple[Mapping[str, Any], ...]
    """The best by score, of those that were trained by themselves: `architecture`, `score`, `costs`
    by name, `is_front`, and the `file` of those."""
    epochs: Mapping[str, tuple[int, ...]]
    """That each retraining had time for, by the names in `standings`."""
    n_epochs: int
    """That were asked."""
    n_failed: int
    reasons: tuple[str, ...]
    """Why some have no score."""
    seconds: Mapping[str, float]
    """That each stage took."""
    command: str
    """What trains the chosen network again."""


def build_architecture_page(
    out: Path, *, name: str, result: ArchitectureResult, drawing: str, data_hash: str
) -> Path:
    """The page, written whole or not at all; the same input gives the same bytes.

    Args:
        out: The HTML file.
        name: What the search is called.
        result: What was found.
        drawing: The chosen network as SVG that we drew ourselves; all text in it is escaped.
        data_hash: Of the table.

    Raises:
        DiskError: when it cannot be written.
    """
    costs: Sequence[str] = list(result.networks[0]["costs"]) if result.networks else []
    return write_page(
        out,
        "architecture.html",
        name=name,
        result=result,
        data_hash=data_hash,
        drawing=drawing,
        costs=costs,
        fronts=[front_chart(cost, result.networks) for cost in costs],
        ranks=[(r, rank_chart(r.scores, r.retrained)) for r in result.rankings],
    )
