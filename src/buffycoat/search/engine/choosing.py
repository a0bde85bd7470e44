"""The engine that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buffycoat.search.engine.engine import Engine
from buffycoat.search.engine.local import InProcess
from buffycoat.search.engine.processes import Processes
from buffycoat.search.engine.settings import EngineSettings

__all__ = ["running_engine"]


@contextmanager
def running_engine(
    settings: EngineSettings, *, plugins: tuple[Path, ...] = (), n_threads: int = 1
) -> Iterator[Engine]:
    """The engine inside the block; after it everything that it began is ended.

    Args:
        settings: Which.
        plugins: Plugin files that its processes load.
        n_threads: Threads of a process that has others beside it.

    Raises:
        SettingError: when Ray is asked for and not installed, or its cluster is not there.
    """
    engine = _built(settings, plugins, n_threads)
    try:
        yield engine
    finally:
        engine.close()


def _built(settings: EngineSettings, plugins: tuple[Path, ...], n_threads: int) -> Engine:
    if settings.engine == "ray":
        from buffycoat.search.engine.ray_tasks import RayTasks

        return RayTasks(settings, plugins=plugins)
    if settings.workers and settings.workers > 1:
        return Processes(settings.workers, plugins=plugins, n_threads=n_threads)
    return InProcess()
