"""What a process does that makes trials for another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from buffycoat.errors import BuffycoatError, SettingError, named_line
from buffycoat.plugin_files import load_plugin
from buffycoat.search.engine.engine import Report, Work

__all__ = ["Plugins", "Said", "work_on"]

Plugins = tuple[tuple[Path, str], ...]
"""Plugin files, each with the SHA-256 of what the first process has loaded."""

Said = tuple[str, Any]
"""`outcome` and what the work gave, or `failed` and why it gave nothing."""


def work_on(work: Work, arguments: Sequence[Any], report: Report, plugins: Plugins = ()) -> Said:
    """What the work gave with these plugins, or the error that ended it as a sentence."""
    try:
        _load(plugins)
        return "outcome", work(*arguments, report=report)
    except BuffycoatError as error:
        return "failed", str(error)
    except Exception as error:
        return "failed", named_line(error)


def _load(plugins: Plugins) -> None:
    """Load what the first process has loaded; nothing that is there already."""
    for path, sha256 in plugins:
        if load_plugin(path).sha256 != sha256:
            said = f"{path} was edited since the search began"
            raise SettingError(f"{said}: put it back, or begin another search")
