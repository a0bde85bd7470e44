"""All that a search of settings was asked."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import optuna

from buffycoat.errors import SettingError
from buffycoat.pipeline.budget import parse_seconds
from buffycoat.pipeline.folds import fold_numbers
from buffycoat.pipeline.settings_search.asked import search_facts
from buffycoat.pipeline.settings_search.trial_table import check_names
from buffycoat.pipeline.trials.trial import TrialTask
from buffycoat.search.engine.settings import EngineSettings
from buffycoat.search.settings.functions import drawn_settings, functions
from buffycoat.search.settings.proposing import try_out
from buffycoat.search.settings.pruners import build_pruner
from buffycoat.search.settings.ranges import Listed, Range
from buffycoat.search.settings.samplers import build_sampler, check_sampler
from buffycoat.search.settings.search_settings import SearchSettings
from buffycoat.search.settings.study import STUDY_FILE, file_url
from buffycoat.training.recipe import to_dict
from buffycoat.training.settings import TrainSettings

__all__ = ["Request"]


@dataclass(frozen=True)
class Request:
    """What is searched, how, and where."""

    out: Path
    """The folder of the search."""
    task: TrialTask
    """What all trials share."""
    base: TrainSettings
    """How to train where nothing is varied."""
    ranges: tuple[Range | Listed, ...]
    """What is varied beside the function."""
    search: SearchSettings
    engine: EngineSettings = field(default_factory=EngineSettings)
    storage: str | None = None
    """URL of a database; None for a file in the folder."""

    def check(self) -> None:
        """Let pass names that are there, and a search that varies something.

        Raises:
            SettingError: for any other.
        """
        if not self.ranges and self.search.function.name == "none":
            known = ", ".join(name for name in functions if name != "none")
            raise SettingError(f"nothing is varied: give --vary NAME=... or --function ({known})")
        asked = self.search
        if asked.trials is None and asked.budget is None and asked.sampler.name != "grid":
            raise SettingError("the search has no end: give --trials N or --budget 30m")
        if asked.budget:
            parse_seconds(asked.budget)
        if any(item.name == "seed" for item in self.ranges):
            said = "the best of several seeds is luck and no setting"
            raise SettingError(f"--vary seed: {said}; --retrain-seeds 3 shows how they differ")
        functions.checked(asked.function, "trial", "settings")
        build_pruner(asked.pruner, 2)
        drawn = try_out(build_sampler(asked.sampler, 0, 0), self.draw)
        check_names(drawn)
        check_sampler(asked.sampler, drawn)

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What must be the same when the search goes on."""
        return search_facts(self.task, self.base, self.ranges, self.search)

    @property
    def url(self) -> str:
        """Where the study is kept."""
        return self.storage or file_url(self.out / STUDY_FILE)

    @property
    def name(self) -> str:
        """What the study is called: as its folder."""
        return self.out.resolve().name

    @property
    def owner(self) -> str:
        """This machine and folder: whose trials are ours in a database that several share."""
        return f"{socket.gethostname()}:{self.out.resolve()}"

    @property
    def n_epochs(self) -> int:
        """Epochs of a whole trial as the settings were given, all folds together."""
        learning = self.base.learning
        n_folds = len(fold_numbers(self.task.samples)) if self.task.all_folds else 1
        return n_folds * (learning.head_epochs + learning.epochs + learning.classifier_epochs)

    def draw(self, trial: optuna.Trial) -> dict[str, Any]:
        """The settings of a trial as plain values.

        Raises:
            SettingError: for one that cannot be.
        """
        return to_dict(drawn_settings(trial, self.base, self.search.function, self.ranges))
