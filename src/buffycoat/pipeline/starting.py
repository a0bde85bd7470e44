"""Begin a run folder, or take up the one that was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from buffycoat.errors import RunError
from buffycoat.runs import Run, create_run, open_run
from buffycoat.tables.samples import SampleTable, data_hash
from buffycoat.training.recipe import to_dict
from buffycoat.training.settings import TrainSettings

__all__ = ["check_free", "start_run"]


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
    if not resume:
        return create_run(out, overwrite=overwrite, asked=asked, **facts)
    run = open_run(out, finished=False)
    if run.is_finished:
        raise RunError(f"{out} is finished: there is nothing to resume")
    if run.facts["asked"] != asked:
        said = "give the settings and the table that it was started with, or --overwrite it"
        raise RunError(f"{out} was started with other settings or other data: {said}")
    return run


def check_free(out: Path, *, overwrite: bool) -> None:
    """Refuse early, before an hour of work, where `out` cannot become a run.

    Raises:
        RunError: when it holds a run, or something else.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not (out / "run.json").is_file():
        raise RunError(f"{out} exists and is not a run: choose another place with --out")
    if not overwrite:
        said = "choose another with --out, or replace it with --overwrite"
        raise RunError(f"{out} holds a run already: {said}")
