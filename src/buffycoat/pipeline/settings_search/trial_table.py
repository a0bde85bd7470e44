"""The trials of a study as a trial table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from optuna.trial import FrozenTrial, TrialState

from buffycoat.errors import SettingError
from buffycoat.pipeline.trials.columns import as_column
from buffycoat.search.settings.planned import counted_trials, is_lost
from buffycoat.tables.trials import SCHEMA, TrialTable, check_trials

__all__ = ["check_names", "ranked_trials", "trial_table"]


def trial_table(trials: Sequence[FrozenTrial], facts: Mapping[str, Any]) -> TrialTable:
    """One row for each trial that counts, with what was drawn and its `score`.

    A trial that was lost and is tried again has one row, that of the second attempt. What was drawn
    stands under the name that the trial was asked by.

    Raises:
        SettingError: when something was drawn under the name of a column.
    """
    counted = counted_trials(trials)
    drawn = list(dict.fromkeys(name for trial in counted for name in _params(trial)))
    check_names(drawn)
    columns = {name: [_figure(trial, name) for trial in counted] for name in SCHEMA}
    frame = pl.DataFrame(columns, schema=SCHEMA)
    own = {name: as_column([_params(trial).get(name) for trial in counted]) for name in drawn}
    scores = pl.Series([_score(trial) for trial in counted], dtype=pl.Float64)
    return check_trials(TrialTable(frame.with_columns(**own, score=scores), tuple(drawn), facts))


def check_names(drawn: Iterable[str]) -> None:
    """Let pass names of draws that are no columns already.

    Raises:
        SettingError: for any other.
    """
    for name in drawn:
        if name in (*SCHEMA, "score"):
            said = f"a function of a trial draws {name!r}, which the trial table has itself"
            raise SettingError(f"{said}: draw it under another name")


def ranked_trials(trials: Sequence[FrozenTrial], direction: str) -> list[FrozenTrial]:
    """The finished trials, the best score first; of those alike, the one that was drawn first."""
    sign = 1.0 if direction == "minimize" else -1.0
    finished = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    return sorted(finished, key=lambda trial: (sign * float(trial.value or 0.0), trial.number))


def _params(trial: FrozenTrial) -> Mapping[str, Any]:
    if trial.state is TrialState.WAITING:
        return dict(trial.system_attrs.get("fixed_params", {}))
    return trial.params


def _figure(trial: FrozenTrial, name: str) -> Any:
    outcome = trial.user_attrs.get("outcome", {})
    known = {
        "trial_id": trial.number + 1,
        "run": trial.user_attrs.get("run"),
        "status": _status(trial),
        "reason": "was interrupted twice" if is_lost(trial) else outcome.get("reason"),
        "seed": trial.user_attrs.get("settings", {}).get("seed"),
    }
    return known.get(name, outcome.get(name))


def _status(trial: FrozenTrial) -> str:
    named = {
        TrialState.COMPLETE: "finished",
        TrialState.PRUNED: "pruned",
        TrialState.FAIL: "failed",
    }
    return named.get(trial.state, "waiting")


def _score(trial: FrozenTrial) -> float | None:
    return trial.value if trial.state is TrialState.COMPLETE else None
