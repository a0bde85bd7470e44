"""The run folder: what a training leaves behind, checked part by part when it is opened.

run.json              settings as given and resolved, classes, data, steps made, environment
network.safetensors   weights of the best checkpoint
samples.parquet       the split table it was trained on
predictions.parquet   answers for the validation and test rows
baselines.parquet     the same rows answered by the three baselines
history.csv           one row per epoch
recipe.toml           the settings that repeat it
report.html           the page (written again by `buffycoat evaluate`)
"""

from __future__ import annotations

import hashlib
import html
import json
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from buffycoat.errors import RunError
from buffycoat.tables.files import explain_disk_errors, replacing

__all__ = ["Run", "check_free", "create_run", "environment", "file_sha256", "open_run"]

FORMAT = 1
_WAYS_OUT = "restore it from a copy, or train again"
_PACKAGES = ("buffycoat", "torch", "torchvision", "timm", "lightning", "numpy", "pillow", "polars")


@dataclass(frozen=True)
class Run:
    """A run folder and the facts in its `run.json`."""

    path: Path
    """The folder."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What `run.json` holds."""

    @property
    def run_id(self) -> str:
        """The name that its predictions carry."""
        return str(self.facts["run_id"])

    @property
    def is_finished(self) -> bool:
        """Whether training came to its end."""
        return self.facts.get("status") == "finished"

    def _repr_html_(self) -> str:
        """What a notebook shows: the report, where there is one."""
        page = self.part("report.html")
        if not page.is_file():
            return f"<p>run {html.escape(self.run_id)}: no report yet</p>"
        inner = html.escape(page.read_text(encoding="utf-8"))
        return f'<iframe srcdoc="{inner}" style="width:100%;height:40em;border:0"></iframe>'

    def part(self, name: str) -> Path:
        """The path of one file of the run, for example `network.safetensors`."""
        return self.path / name

    def updated(self, **facts: Any) -> Run:
        """The run after its `run.json` was rewritten with more facts."""
        run = replace(self, facts={**self.facts, **facts})
        with replacing(self.part("run.json")) as beside:
            beside.write_text(json.dumps(run.facts, indent=1, default=str) + "\n")
        return run

    def sealed(self, *parts: str, **facts: Any) -> Run:
        """The finished run, with the hash of each of its parts."""
        hashes = {name: file_sha256(self.part(name)) for name in parts}
        whole = {**self.facts, **facts, "status": "finished", "parts": hashes}
        return self.updated(**whole, seal=_seal(whole))


def create_run(path: Path, *, overwrite: bool = False, **facts: Any) -> Run:
    """A new run folder with a first `run.json`.

    Args:
        path: Where it will be; its name becomes the `run_id`.
        overwrite: Remove a run that is there. Anything else that is there stays untouched.
        facts: What is known at the start.

    Raises:
        RunError: when the folder exists, or is not a run that could be overwritten.
        DiskError: when it cannot be written.
    """
    path = Path(path)
    check_free(path, overwrite=overwrite)
    with explain_disk_errors(path):
        path.mkdir(parents=True, exist_ok=True)
        _empty(path)
    start = {"format": FORMAT, "run_id": path.resolve().name, "status": "started"}
    return Run(path).updated(**start, environment=environment(), **facts)


def check_free(path: Path, *, overwrite: bool = False) -> None:
    """Let pass a place that can become a run, early, before an hour of work.

    Raises:
        RunError: when it holds a run that is not to be overwritten, or something else.
        DiskError: when it cannot be looked at.
    """
    path = Path(path)
    with explain_disk_errors(path):
        if not path.exists() or (path.is_dir() and not any(path.iterdir())):
            return
        is_run = (path / "run.json").is_file()
    if not is_run:
        raise RunError(f"{path} exists and is not a run: choose another place with --out")
    if not overwrite:
        ways = "choose another with --out, or replace it with --overwrite"
        raise RunError(f"{path} holds {_way_on(path)}{ways}")


def _way_on(path: Path) -> str:
    """What a run folder holds, and how its work goes on where it is not done."""
    try:
        is_finished = Run(path, _read_facts(path)).is_finished
    except RunError:
        return "a damaged run: "
    if not is_finished:
        return "an interrupted run: go on with --resume, "
    if not (path / "report.html").is_file():
        return f"a run already: `buffycoat evaluate {path}` writes its report; or "
    return "a run already: "


def _empty(path: Path) -> None:
    """Remove a run; `run.json` last, so that what is left after a kill is a run still."""
    for entry in sorted(path.iterdir(), key=lambda entry: entry.name == "run.json"):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def open_run(path: Path, *, finished: bool = True) -> Run:
    """A run folder whose parts are all there and unaltered.

    Args:
        path: The folder.
        finished: Refuse a run that was interrupted.

    Raises:
        RunError: when it is no run, was interrupted, or a part is missing or altered.
    """
    path = Path(path)
    run = Run(path, _read_facts(path))
    if run.facts.get("format") != FORMAT:
        said = f"format {run.facts.get('format')}, this version reads {FORMAT}"
        raise RunError(f"{path} was written by another version of Buffycoat ({said})")
    if finished and not run.is_finished:
        raise RunError(f"{path} was interrupted: give the same command again with --resume")
    if run.is_finished:
        _check_seal(run)
    return run


def _read_facts(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads((path / "run.json").read_text(encoding="utf-8"))
        return {**facts, "run_id": str(facts["run_id"])}
    except OSError as error:
        raise RunError(f"{path} is no run folder: it has no readable run.json") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path / 'run.json'} is damaged ({error}): {_WAYS_OUT}") from error


def _seal(facts: Mapping[str, Any]) -> str:
    """SHA-256 (hexadecimal) over all facts but the seal itself, as they stand in `run.json`."""
    rest = json.loads(json.dumps({k: v for k, v in facts.items() if k != "seal"}, default=str))
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _check_seal(run: Run) -> None:
    if run.facts.get("seal") != _seal(run.facts):
        raise RunError(f"{run.part('run.json')} was altered since the run finished: {_WAYS_OUT}")
    for name, sha256 in run.facts["parts"].items():
        _check_part(run.part(name), sha256)


def _check_part(path: Path, sha256: str) -> None:
    if not path.is_file():
        raise RunError(f"{path} is missing: copy the whole run folder, or train again")
    if file_sha256(path) != sha256:
        raise RunError(f"{path} was altered since the run finished: {_WAYS_OUT}")


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def environment() -> dict[str, str]:
    """Versions of Python, the machine and the packages that decide a figure."""
    said = {"python": platform.python_version(), "machine": platform.platform()}
    for name in _PACKAGES:
        try:
            said[name] = version(name)
        except PackageNotFoundError:
            continue
    return said
