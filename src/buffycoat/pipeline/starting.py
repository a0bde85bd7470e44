"""Begin a run folder, or take up the one that was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from buffycoat.errors import RunError
from buffycoat.models.plugin import split_name
from buffycoat.pipeline.plugging import keep_plugins, plugin_hashes
from buffycoat.plugin_files import read_code
from buffycoat.runs import Run, create_run, open_run
from buffycoat.tables.samples import SampleTable, data_hash
from buffycoat.training.recipe import to_dict
from buffycoat.training.settings import TrainSettings

__all__ = ["refuse_finished", "start_run"]


def start_run(
    samples: SampleTable,
    settings: TrainSettings,
    out: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    **facts: Any,
) -> Run:
    """A new run folder, or the interrupted one that is to be resumed.

    Raises:
        RunError: when there is a run already, or the one to resume had other settings or data.
    """
    asked = {"settings": to_dict(settings), "data_hash": data_hash(samples)}
    if plugins := plugin_hashes():
        asked["plugins"] = plugins
    if own := split_name(settings.network.model.name):
        asked["model_file"] = read_code(own[0], "model file")[1]
    if not resume:
        return keep_plugins(create_run(out, overwrite=overwrite, asked=asked, **facts))
    run = open_run(out, finished=False)
    refuse_finished(run)
    if run.facts["asked"] != asked:
        said = "give the settings, code and table that it was started with, or --overwrite it"
        raise RunError(f"{out} was started with other settings or other data: {said}")
    return run


def refuse_finished(run: Run) -> None:
    """Let pass a run that can be resumed.

    Raises:
        RunError: for a finished one.
    """
    if run.is_finished:
        said = f"`buffycoat evaluate {run.path}` writes its report again"
        raise RunError(f"{run.path} is finished, there is nothing to resume: {said}")
