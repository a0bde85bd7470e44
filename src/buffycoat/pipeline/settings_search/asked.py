"""What a search of settings was asked for; it goes on only when it is asked for the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buffycoat.curation.splits.split import fold_split
from buffycoat.errors import BuffycoatError, SettingError
from buffycoat.pipeline.folds import fold_numbers
from buffycoat.pipeline.plugging import plugin_hashes
from buffycoat.pipeline.refusing import check_split, check_training
from buffycoat.pipeline.trials.asked import folds_hash, model_files
from buffycoat.pipeline.trials.trial import TrialTask
from buffycoat.search.settings.functions import check_comparable
from buffycoat.search.settings.ranges import Listed, Range, as_told
from buffycoat.search.settings.search_settings import SearchSettings
from buffycoat.tables.samples import data_hash
from buffycoat.training.combination import with_value
from buffycoat.training.recipe import to_dict
from buffycoat.training.settings import TrainSettings

__all__ = ["ASKED", "check_ranges", "own_models", "search_facts"]

ASKED = {
    "vary": "values of --vary",
    "function": "--function",
    "settings": "settings",
    "sampler": "--sampler",
    "pruner": "--pruner",
    "score": "--score",
    "plugins": "plugins",
    "model_files": "code in a model's file",
    "data_hash": "images, labels or splits",
    "folds_hash": "folds",
    "all_folds": "--all-folds",
}
"""The facts that must be the same, and what each is called; trials and time may be more."""


def search_facts(
    task: TrialTask,
    base: TrainSettings,
    ranges: Sequence[Range | Listed],
    search: SearchSettings,
) -> dict[str, Any]:
    """What was asked for, code included: its `kind`, and the names of `ASKED`.

    Raises:
        SettingError: when the file of an own model is missing.
    """
    return {
        "kind": "search settings",
        "vary": {item.name: str(item) for item in ranges},
        "function": str(search.function),
        "settings": to_dict(base),
        "sampler": str(search.sampler),
        "pruner": str(search.pruner),
        "score": search.score,
        "plugins": plugin_hashes(),
        "model_files": own_models(base, ranges),
        "data_hash": data_hash(task.samples),
        "folds_hash": folds_hash(task.samples) if task.all_folds else None,
        "all_folds": task.all_folds,
    }


def check_ranges(task: TrialTask, base: TrainSettings, ranges: Sequence[Range | Listed]) -> None:
    """Let pass ranges of which each end and each value can be trained, the rest as given.

    An argument within a choice is not tried: it may belong to another choice than the one given.

    Raises:
        SplitError: when the table is not split, or has no folds though all are asked for.
        SettingError: for a value that cannot be, which it names.
    """
    samples = task.samples
    if task.all_folds:
        samples = fold_split(samples, fold_numbers(samples)[0])
    check_split(samples)
    for item in ranges:
        for value in () if item.is_argument else item.ends:
            try:
                settings = with_value(base, item.name, value)
                check_comparable(base, settings)
                if isinstance(item, Listed):
                    check_training(samples, settings)
            except BuffycoatError as error:
                raise SettingError(f"{item.name} = {as_told(value)}: {error}") from error
    if not any(isinstance(item, Listed) and not item.is_argument for item in ranges):
        check_training(samples, base)


def own_models(base: TrainSettings, ranges: Sequence[Range | Listed]) -> dict[str, str]:
    """SHA-256 of each file that a model is in which may be trained.

    Raises:
        SettingError: when one is missing.
    """
    models = [item for item in ranges if item.name == "network.model"]
    others = (with_value(base, item.name, value) for item in models for value in item.ends)
    return model_files([base, *others])
