"""What a process does that makes trials for another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from buffycoat.plugin_files import load_plugin
from buffycoat.search.engine.engine import Report, Work

__all__ = ["Said", "load_plugins", "work_on"]

Said = tuple[str, Any]
"""`outcome` and what the work gave, or `failed` and why it gave nothing."""


def load_plugins(paths: Sequence[Path]) -> None:
    """Load what the first process has loaded; nothing that is there already.

    Raises:
        SettingError: when one is gone.
    """
    for path in paths:
        load_plugin(path)


def work_on(work: Work, arguments: Sequence[Any], report: Report) -> Said:
    """What the work gave, or the error that ended it as a sentence."""
    try:
        return "outcome", work(*arguments, report=report)
    except Exception as error:
        first = (str(error).splitlines() or [""])[0][:300]
        return "failed", f"{type(error).__name__}: {first}"
