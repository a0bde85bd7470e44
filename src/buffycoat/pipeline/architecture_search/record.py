"""Every architecture that a search scored, one row each, written as it goes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from buffycoat.errors import RunError
from buffycoat.search.strategies.strategy import Scored, key_of
from buffycoat.tables.files import write_frame

__all__ = [
    "BY_CHANCE",
    "FINAL",
    "RANKED",
    "RETRAINED",
    "SEARCH",
    "TENTH",
    "Record",
    "Spent",
    "read_record",
]

VERSION = 3
"""Of what the stages mean; a search of another one is not gone on with."""

SEARCH, BY_CHANCE, RANKED, TENTH = "search", "by chance", "ranked", "tenth"
RETRAINED, FINAL = "retrained", "final"

SCHEMA = {
    "stage": pl.String(),
    "architecture": pl.String(),
    "score": pl.Float64(),
    "seconds": pl.Float64(),
    "how": pl.String(),
    "reason": pl.String(),
    "number": pl.Int64(),
}
"""The stage of the search; the active choices as JSON; the figure of the validation rows, NaN where
there is none; seconds; with which weights (trained, shared, interim, asked); why there is no
score; the trial's number in its stage."""


@dataclass(frozen=True)
class Spent:
    """The time of a stage that is over."""

    had_s: float
    """Seconds that it was given."""
    took_s: float
    """Seconds that it took, those of an interrupted part included."""


@dataclass
class Record:
    """What was scored, by stage, and the stages that are over."""

    path: Path
    """The table; its metadata hold what was asked."""
    facts: Mapping[str, Any]
    scored: dict[str, list[Scored]] = field(default_factory=dict)
    over: dict[str, Spent] = field(default_factory=dict)
    reached: dict[str, float] = field(default_factory=dict)
    """Seconds from the beginning of each stage to its last row."""
    epochs: dict[str, int] = field(default_factory=dict)
    """Of each training of a stage, where its time decided that."""

    def of(self, stage: str) -> list[Scored]:
        """What a stage scored so far."""
        return self.scored.setdefault(stage, [])

    def add(self, stage: str, one: Scored, reached_s: float) -> None:
        """Add a row, so many seconds after its stage began, and write the table."""
        self.of(stage).append(one)
        self.reached[stage] = reached_s
        self.write()

    def end(self, stage: str, spent: Spent) -> None:
        """Say that a stage is over, so that a resumed search does not make it again."""
        self.over[stage] = spent
        self.write()

    def decided(self, stage: str, n_epochs: Callable[[], int]) -> int:
        """The epochs of a stage's trainings, decided once: a resumed search has the same."""
        if stage not in self.epochs:
            self.epochs[stage] = n_epochs()
            self.write()
        return self.epochs[stage]

    def begin_again(self, stage: str) -> None:
        """Forget the rows of a stage that cannot go on where it stopped."""
        self.scored.pop(stage, None)
        self.reached.pop(stage, None)

    def write(self) -> None:
        """Write the table, whole or not at all.

        Raises:
            DiskError: when it cannot be written.
        """
        rows = [_row(stage, one) for stage, some in self.scored.items() for one in some]
        over = {stage: asdict(spent) for stage, spent in self.over.items()}
        said = {
            "version": VERSION,
            "facts": dict(self.facts),
            "over": over,
            "reached": self.reached,
            "epochs": self.epochs,
        }
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
    return (stage, said, one.score, one.seconds, one.how, one.reason, one.number)


def read_record(path: Path) -> Record:
    """The record of an interrupted search.

    Raises:
        RunError: when there is none.
    """
    try:
        said = json.loads(pl.read_parquet_metadata(path)["buffycoat architectures"])
        if said["version"] != VERSION:
            raise ValueError(said["version"])
        over = {stage: Spent(**spent) for stage, spent in said["over"].items()}
        known = {name: said.get(name, {}) for name in ("reached", "epochs")}
        record = Record(path, said["facts"], over=over, **known)
        for stage, text, *rest in pl.read_parquet(path).select(*SCHEMA).iter_rows():
            record.of(stage).append(Scored(json.loads(text), *rest))
    except (
        pl.exceptions.PolarsError,
        AttributeError,
        KeyError,
        OSError,
        ValueError,
        TypeError,
    ) as error:
        said = f"{path} is no table of architectures, or one of another version of Buffycoat"
        raise RunError(f"{said}: choose another --out, or --overwrite") from error
    return record
