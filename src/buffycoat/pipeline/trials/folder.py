"""The folder of a sweep: begun, taken up again, or replaced; what is foreign stays untouched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from buffycoat.errors import RunError, TableError
from buffycoat.pipeline.trials.asked import ASKED
from buffycoat.runs import open_run
from buffycoat.tables.files import explain_disk_errors
from buffycoat.tables.trials import TrialTable, read_trials, write_trials

__all__ = ["PAGE", "TABLE", "begin_sweep", "holds_sweep"]

TABLE, PAGE = "trials.parquet", "sweep.html"


def holds_sweep(out: Path) -> bool:
    """Whether a folder holds the trials of a sweep; a search of settings has a table too."""
    try:
        return read_trials(out / TABLE).facts.get("kind") == "sweep"
    except TableError:
        return (out / TABLE).is_file()  # damaged: what it was of is not known


def begin_sweep(out: Path, planned: TrialTable, *, resume: bool = False) -> TrialTable:
    """The trial table at the start, written into the folder: as planned, or as far as it came.

    Raises:
        RunError: when the sweep to resume was another, or one of its finished runs was altered.
        DiskError: when it cannot be written.
    """
    if resume:
        trials = _with_runs_there(out, _same(out, planned))
    else:
        _remove(out)
        trials = planned
    write_trials(trials, out / TABLE)
    return trials


def _same(out: Path, planned: TrialTable) -> TrialTable:
    """The sweep in a folder, when it was asked to do the same."""
    trials = read_trials(out / TABLE)
    asked: dict[str, Any] = json.loads(json.dumps(dict(planned.facts)))
    differing = [said for key, said in ASKED.items() if trials.facts.get(key) != asked[key]]
    if differing or trials.frame["run"].to_list() != planned.frame["run"].to_list():
        other = f"other {' and other '.join(differing)}" if differing else "other folders"
        said = "give the command that it was started with, or --overwrite in place of --resume"
        raise RunError(f"{out} was started with {other}: {said}")
    return trials


def _with_runs_there(out: Path, trials: TrialTable) -> TrialTable:
    """The table with every finished run opened; what is gone or had failed waits again."""
    for trial_id, run, status in trials.frame.select("trial_id", "run", "status").iter_rows():
        if status == "finished" and (out / run / "run.json").is_file():
            _check_run(out / run)
        else:
            trials = trials.with_row(trial_id, status="waiting", reason=None)
    return trials


def _check_run(place: Path) -> None:
    try:
        open_run(place)
    except RunError as error:
        raise RunError(f"{error}; or remove {place}, and --resume makes it anew") from error


def _remove(out: Path) -> None:
    """Remove a sweep and nothing else; the table last, so that what a kill leaves is one still."""
    if not (out / TABLE).is_file():
        return
    runs = read_trials(out / TABLE).frame["run"]
    with explain_disk_errors(out):
        for place in (out / run for run in runs):
            if (place / "run.json").is_file() and not place.is_symlink():
                shutil.rmtree(place)
        for name in (PAGE, TABLE):
            (out / name).unlink(missing_ok=True)
