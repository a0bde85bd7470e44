"""What a sweep was asked for; it is resumed only when it is asked for the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from buffycoat.models.plugin import split_name
from buffycoat.pipeline.plugging import plugin_hashes
from buffycoat.pipeline.trials.trial import TrialTask
from buffycoat.plugin_files import read_code
from buffycoat.tables.samples import SampleTable, data_hash
from buffycoat.training.combination import Combination
from buffycoat.training.recipe import to_dict
from buffycoat.training.settings import TrainSettings
from buffycoat.training.variation import Variation

__all__ = ["ASKED", "folds_hash", "model_files", "sweep_facts"]

ASKED = {
    "kind": "command",
    "vary": "values of --vary",
    "settings": "settings",
    "plugins": "plugins",
    "model_files": "code in a model's file",
    "data_hash": "images, labels or splits",
    "folds_hash": "folds",
    "budget_s": "--budget",
    "all_folds": "--all-folds",
}
"""The facts that must be the same, and what each is called."""


def sweep_facts(
    task: TrialTask,
    base: TrainSettings,
    variations: Sequence[Variation],
    combinations: Sequence[Combination],
) -> dict[str, Any]:
    """What was asked for, code included, under the names of `ASKED`.

    Raises:
        SettingError: when the file of an own model is missing.
    """
    return {
        "kind": "sweep",
        "vary": {v.name: [str(value) for value in v.values] for v in variations},
        "settings": to_dict(base),
        "plugins": plugin_hashes(),
        "model_files": model_files(c.settings for c in combinations),
        "data_hash": data_hash(task.samples),
        "folds_hash": folds_hash(task.samples) if task.all_folds else None,
        "budget_s": task.budget_s,
        "all_folds": task.all_folds,
    }


def model_files(settings: Iterable[TrainSettings]) -> dict[str, str]:
    """SHA-256 of each file that a user's own model is in.

    Raises:
        SettingError: when one is missing.
    """
    own = (split_name(given.network.model.name) for given in settings)
    files = {path for path, _ in filter(None, own)}
    return {str(path): read_code(path, "model file")[1] for path in sorted(files)}


def folds_hash(samples: SampleTable) -> str:
    """SHA-256 over which sample is in which fold, which the data hash does not hold."""
    rows = sorted(json.dumps(row) for row in samples.frame.select("sample_id", "fold").iter_rows())
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()
