"""The trials of a sweep as a table, before the first is made: numbers, folders, values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from buffycoat.curation.splits.split import fold_split
from buffycoat.errors import BuffycoatError, SettingError
from buffycoat.pipeline.folds import fold_numbers
from buffycoat.pipeline.refusing import check_split, check_training
from buffycoat.pipeline.trials.columns import as_cell, as_column
from buffycoat.tables.samples import SampleTable
from buffycoat.tables.trials import TrialTable, check_trials
from buffycoat.training.combination import Combination
from buffycoat.training.recipe import to_dict

__all__ = ["check_combinations", "plan_trials"]

_LONGEST = 100  # characters of a folder's name; most file systems take 255 bytes


def check_combinations(
    samples: SampleTable, combinations: Sequence[Combination], *, all_folds: bool = False
) -> None:
    """Let pass what can all be trained; a network is built for each that differs in more than seed.

    Raises:
        SplitError: when the table is not split, or has no folds though all are asked for.
        SettingError: for a combination that cannot be, which it names.
    """
    if all_folds:
        samples = fold_split(samples, fold_numbers(samples)[0])
    check_split(samples)
    seen: set[str] = set()
    for combination in combinations:
        known = json.dumps({**to_dict(combination.settings), "seed": 0}, default=str)
        if known in seen:
            continue
        seen.add(known)
        try:
            check_training(samples, combination.settings)
        except BuffycoatError as error:
            raise SettingError(f"{_said(combination.values)}: {error}") from error


def _said(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {as_cell(value)}" for name, value in values.items())


def plan_trials(combinations: Sequence[Combination], facts: Mapping[str, Any]) -> TrialTable:
    """The table of all trials, none of them made yet.

    Args:
        combinations: What each trial is to be trained with.
        facts: What was asked for.
    """
    n = len(combinations)
    varied = tuple(combinations[0].values)
    columns = {
        "trial_id": pl.Series(range(1, n + 1)),
        "run": pl.Series(_run_names(combinations)),
        "status": pl.Series(["waiting"] * n),
        "seed": pl.Series([c.settings.seed for c in combinations]),
    }
    for name in varied:
        columns[name] = as_column([c.values[name] for c in combinations])
    return check_trials(TrialTable(pl.DataFrame(columns), varied, facts))


def _run_names(combinations: Sequence[Combination]) -> list[str]:
    """A folder name for each trial; no two alike, also where case does not count."""
    names: list[str] = []
    taken: set[str] = set()
    for combination in combinations:
        name = first = _run_name(combination.values)
        count = 2
        while name.casefold() in taken:
            name, count = f"{first}-{count}", count + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _run_name(values: Mapping[str, Any]) -> str:
    """A folder name that says what was varied, in letters that every file system takes.

    >>> _run_name({"network.model": "small_cnn", "learning.learning_rate": 0.001, "seed": 0})
    'model-small_cnn_learning_rate-0.001_seed-0'
    """
    parts = [f"{name.rpartition('.')[2]}-{_slug(value)}" for name, value in values.items()]
    return "_".join(parts)[:_LONGEST].rstrip("-_.")


def _slug(value: Any) -> str:
    text = str(as_cell(value)).replace('name = "', "")
    return re.sub(r"[^A-Za-z0-9.+_-]+", "-", text).strip("-.") or "none"
