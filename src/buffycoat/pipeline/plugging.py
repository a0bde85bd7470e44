"""The plugins of a run: kept in its folder with their hashes, and loaded from there again.

`plugins/<file>` holds what was run, and `run.json` its SHA-256: under `asked` from the start, and
among the sealed parts once the run is finished. So a run stands alone, and a changed file is seen
before it is run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from buffycoat.errors import RunError
from buffycoat.pipeline.console import say
from buffycoat.plugin_files import loaded_plugins, plugins_for_now
from buffycoat.runs import Run, open_run
from buffycoat.tables.files import replacing

__all__ = ["borrowed_plugins", "keep_plugins", "own_plugins", "plugin_hashes", "plugin_parts"]


def plugin_hashes() -> dict[str, str]:
    """SHA-256 of each loaded plugin by the name of its file."""
    return {plugin.path.name: plugin.sha256 for plugin in loaded_plugins()}


def keep_plugins(run: Run) -> Run:
    """The run, with the plugins that are loaded written into its folder as they were run.

    Raises:
        DiskError: when they cannot be written.
    """
    for plugin in loaded_plugins():
        with replacing(run.part(f"plugins/{plugin.path.name}")) as beside:
            beside.write_bytes(plugin.code)
    return run


def plugin_parts(run: Run) -> list[str]:
    """The parts of a run that are plugins."""
    return [f"plugins/{name}" for name in run.facts.get("asked", {}).get("plugins", {})]


@contextmanager
def own_plugins(run: Run) -> Iterator[None]:
    """Only the run's own plugins inside the block: it answers by what it was trained with.

    Raises:
        RunError: when one is missing or altered.
        SettingError: when one fails.
    """
    paths = _checked(run)
    _say_running(paths)
    with plugins_for_now(paths, alone=True):
        yield


@contextmanager
def borrowed_plugins(*runs: Path | None, finished: bool = True) -> Iterator[None]:
    """The plugins of other runs beside the loaded ones; of one name, the loaded one counts.

    Args:
        runs: Run folders, or None for none.
        finished: Refuse a run that was interrupted.

    Raises:
        RunError: when a folder is no run, or a plugin is missing or altered.
        SettingError: when one fails.
    """
    given, paths = set(plugin_hashes()), []
    for path in filter(None, runs):
        run = open_run(path, finished=finished)
        paths += [part for part in _checked(run) if part.name not in given]
        given |= {part.name for part in paths}
    _say_running(paths)
    with plugins_for_now(paths, alone=False):
        yield


def _say_running(paths: Sequence[Path]) -> None:
    """Say whose code is run before it is: a run folder may come from anybody."""
    for path in paths:
        say(f"running the plugin that the run was trained with: {path}")


def _checked(run: Run) -> list[Path]:
    paths = []
    for name, sha256 in run.facts.get("asked", {}).get("plugins", {}).items():
        path = run.part(f"plugins/{name}")
        if Path(name).name != name or not path.is_file():
            raise RunError(f"{path} is missing: copy the whole run folder, or train again")
        if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            raise RunError(f"{path} was altered since the run began: restore it, or train again")
        paths.append(path)
    return paths
