"""The engine that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from buffycoat.images.stream import n_processors
from buffycoat.plugin_files import loaded_plugins
from buffycoat.search.engine.engine import Engine
from buffycoat.search.engine.local import InProcess
from buffycoat.search.engine.processes import Processes
from buffycoat.search.engine.settings import EngineSettings
from buffycoat.search.engine.working import Plugins

__all__ = ["running_engine"]


@contextmanager
def running_engine(settings: EngineSettings) -> Iterator[Engine]:
    """The engine inside the block; after it everything that it began is ended.

    Its processes load the plugins that are loaded here, and share the processors.

    Raises:
        SettingError: when Ray is asked for and not installed, or its cluster is not there.
    """
    engine = _built(settings, tuple((p.path.resolve(), p.sha256) for p in loaded_plugins()))
    try:
        yield engine
    finally:
        engine.close()


def _built(settings: EngineSettings, plugins: Plugins) -> Engine:
    if settings.engine == "ray":
        from buffycoat.search.engine.ray_tasks import RayTasks

        return RayTasks(settings, plugins=plugins)
    if (n := settings.workers or 1) > 1:
        n_threads = max(1, n_processors() // n)
        return Processes(n, plugins=plugins, n_threads=n_threads)
    return InProcess()
