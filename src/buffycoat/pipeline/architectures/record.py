"""Every architecture that a search scored, one row each, written as it goes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from buffycoat.errors import RunError
from buffycoat.search.strategies.strategy import Scored, key_of
from buffycoat.tables.files import write_frame

__all__ = ["Record", "read_record"]

SCHEMA = {
    "stage": pl.String(),
    "architecture": pl.String(),
    "score": pl.Float64(),
    "seconds": pl.Float64(),
    "how": pl.String(),
    "reason": pl.String(),
}
"""The stage of the search; the active choices as JSON; the figure of the validation rows, NaN where
there is none; seconds; with which weights (trained, shared, interim, asked); why there is no
score."""


@dataclass
class Record:
    """What was scored, by stage, and the stages that are over."""

    path: Path
    """The table; its metadata hold what was asked."""
    facts: Mapping[str, Any]
    scored: dict[str, list[Scored]] = field(default_factory=dict)
    over: list[str] = field(default_factory=list)

    def of(self, stage: str) -> list[Scored]:
        """What a stage scored so far."""
        return self.scored.setdefault(stage, [])

    def add(self, stage: str, one: Scored) -> None:
        """Add a row and write the table."""
        self.of(stage).append(one)
        self.write()

    def end(self, stage: str) -> None:
        """Say that a stage is over, so that a resumed search does not make it again."""
        self.over.append(stage)
        self.write()

    def begin_again(self, stage: str) -> None:
        """Forget the rows of a stage that cannot go on where it stopped."""
        self.scored.pop(stage, None)

    def write(self) -> None:
        """Write the table, whole or not at all.

        Raises:
            DiskError: when it cannot be written.
        """
        rows = [_row(stage, one) for stage, some in self.scored.items() for one in some]
        said = {"facts": dict(self.facts), "over": self.over}
        frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
        write_frame(frame, self.path, **{"buffycoat architectures": json.dumps(said)})

    def mean_scores(self, stage: str) -> dict[Any, float]:
        """The mean score of each architecture of a stage, by its key; of those that have one."""
        by_key: dict[Any, list[float]] = {}
        for one in self.of(stage):
            if math.isfinite(one.score):
                by_key.setdefault(key_of(one.architecture), []).append(one.score)
        return {key: sum(some) / len(some) for key, some in by_key.items()}


def _row(stage: str, one: Scored) -> Sequence[Any]:
    said = json.dumps(one.architecture, sort_keys=True)
    return (stage, said, one.score, one.seconds, one.how, one.reason)


def read_record(path: Path) -> Record:
    """The record of an interrupted search.

    Raises:
        RunError: when there is none.
    """
    try:
        said = json.loads(pl.read_parquet_metadata(path)["buffycoat architectures"])
        record = Record(path, said["facts"], over=list(said["over"]))
        for stage, text, *rest in pl.read_parquet(path).select(*SCHEMA).iter_rows():
            record.of(stage).append(Scored(json.loads(text), *rest))
    except (pl.exceptions.PolarsError, KeyError, OSError, ValueError, TypeError) as error:
        raise RunError(f"{path} is no table of architectures: leave out --resume") from error
    return record
