"""Trials as tasks of Ray, on one machine or many.

The driver alone asks and tells Optuna. Tasks leave their figures with an actor, the post, which
the driver empties; what is to be given up is written there, and seen with the next figure.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from buffycoat.errors import SettingError, first_line, named_line
from buffycoat.search.engine.engine import Done, Job, Judge, Work
from buffycoat.search.engine.post import Post, Read
from buffycoat.search.engine.settings import EngineSettings
from buffycoat.search.engine.working import Plugins, Said, work_on

__all__ = ["RayTasks"]

_LOOK_S, _TRIES = 0.25, 20
"""Seconds between two looks into the post, and how often a figure is brought there."""


class RayTasks:
    """Tasks with the shares of processors and GPUs that were asked for.

    Args:
        settings: The cluster, the shares and how many at once.
        plugins: Plugin files, which every task loads. They, the images and the folder that the
            command is run in lie at the same place on every machine.

    Raises:
        SettingError: when Ray is not installed, its cluster is not there, or is too small.
    """

    def __init__(self, settings: EngineSettings, *, plugins: Plugins = ()) -> None:
        try:
            import ray
        except ImportError as error:
            said = "--engine ray needs Ray, which is not installed"
            raise SettingError(f"{said}: pip install 'buffycoat[ray]'") from error
        self._ray, self._plugins = ray, plugins
        self._is_ours = not ray.is_initialized()
        if self._is_ours:
            _connect(ray, settings)
        self.n_at_once = settings.workers or _fitting(ray, settings)
        shares = {"num_cpus": settings.cpus, "num_gpus": settings.gpus}
        # A lost task is asked again by the search, which knows what counts, and not by Ray.
        self._task = ray.remote(_make).options(**shares, max_retries=0)
        self._post = _posted(ray)
        self._keys: dict[Any, int] = {}
        self._read: Read = ("", 0)

    def begin(self, job: Job) -> None:
        """Hand the job to Ray, which finds a place for it."""
        where = self._post, self._plugins, Path.cwd()
        self._keys[self._task.remote(job.key, job.work, job.arguments, *where)] = job.key

    def wait(self, judge: Judge) -> Done:
        """The next job that ends, after all of its figures."""
        n_missed = 0
        while True:
            ended, _ = self._ray.wait(list(self._keys), num_returns=1, timeout=_LOOK_S)
            n_missed = 0 if self._empty_post(judge) else n_missed + 1
            if ended and (not n_missed or n_missed >= _TRIES):
                return self._done(ended[0])

    def _empty_post(self, judge: Judge) -> bool:
        """Whether the post could be read; what could not is there at the next look."""
        running = set(self._keys.values())
        try:
            read, figures = self._ray.get(self._post.since.remote(self._read))
            for key, step, value in figures:
                if key in running and judge(key, step, value):
                    self._ray.get(self._post.give_up.remote(key))
        except self._ray.exceptions.RayActorError:
            time.sleep(_LOOK_S)
            return False
        self._read = read
        return True

    def _done(self, reference: Any) -> Done:
        key = self._keys.pop(reference)
        try:
            kind, said = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            return Done(key, reason=str(error.cause))
        except self._ray.exceptions.RayError as error:
            return Done(key, reason=named_line(error), is_lost=True)
        return Done(key, said) if kind == "outcome" else Done(key, reason=said)

    def close(self) -> None:
        """Cancel what still runs, and end the Ray that was begun here."""
        for reference in self._keys:
            self._ray.cancel(reference, force=True)
        if self._is_ours:
            self._ray.shutdown()
        else:
            self._ray.kill(self._post)


def _posted(ray: Any) -> Any:
    """The post, on the driver's own machine, so that it is not lost with another."""
    strategies = ray.util.scheduling_strategies
    here = ray.get_runtime_context().get_node_id()
    near = strategies.NodeAffinitySchedulingStrategy(node_id=here, soft=True)
    kept = {"num_cpus": 0, "max_restarts": -1, "scheduling_strategy": near}
    return ray.remote(Post).options(**kept).remote()


def _make(
    key: int,
    work: Work,
    arguments: tuple[Any, ...],
    post: Any,
    plugins: Plugins,
    folder: Path,
) -> Said:
    """One task, in the folder of the driver: what was named from there lies there."""
    import ray

    os.chdir(folder)

    def report(step: int, value: float) -> bool:
        for _ in range(_TRIES):
            try:
                # `ray.get` would give this task's processors to another one, on top of it.
                return bool(post.leave.remote(key, step, value).future().result())
            except ray.exceptions.RayActorError:
                time.sleep(_LOOK_S)  # the post cannot be reached, or is beginning anew
            except ray.exceptions.RayError:
                os._exit(1)  # this machine is going: the trial is lost, and has not failed
        return False

    return work_on(work, arguments, report, plugins)


def _connect(ray: Any, settings: EngineSettings) -> None:
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # Ray's own coming default
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if settings.address is None:
        quiet["include_dashboard"] = False
    try:
        ray.init(address=settings.address, **quiet)
    except Exception as error:
        first = first_line(error)
        if settings.address is None:
            raise SettingError(f"Ray cannot be begun here ({first})") from error
        said = f"Ray's cluster at {settings.address} does not answer ({first})"
        raise SettingError(f"{said}: begin it with `ray start --head`") from error


def _fitting(ray: Any, settings: EngineSettings) -> int:
    """Tasks of that size which the cluster holds; none lies on two nodes."""
    wanted = {"CPU": settings.cpus, "GPU": settings.gpus}
    shares = {name: share for name, share in wanted.items() if share}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    # Ray counts in steps of 1e-4: three times .3 is .9, which fits into .9.
    n = sum(
        min(int(has.get(k, 0) / v + 1e-4) for k, v in shares.items()) for has in nodes if shares
    )
    if shares and not n:
        there = ray.cluster_resources()
        has = ", ".join(f"{there.get(name, 0):g} {name}" for name in wanted)
        raise SettingError(f"no trial fits into Ray's cluster, which has {has}: lower the shares")
    return n or 1
