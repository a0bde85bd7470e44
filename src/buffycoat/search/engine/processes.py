"""Trials in several processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from buffycoat.search.engine.engine import Done, Job, Judge
from buffycoat.search.engine.working import Plugins, work_on

__all__ = ["Processes"]


@dataclass
class _Worker:
    process: Any
    line: Connection
    key: int | None = None
    """The job that it has."""


class Processes:
    """Workers that stay for the whole search; one that dies is replaced.

    Args:
        n: How many.
        plugins: Plugin files, which every worker loads.
        n_threads: Threads of each.
    """

    def __init__(self, n: int, *, plugins: Plugins = (), n_threads: int = 1) -> None:
        self.n_at_once = n
        self._plugins, self._n_threads = plugins, n_threads
        self._workers = [self._started() for _ in range(n)]

    def _started(self) -> _Worker:
        # Forking a process that has torch's threads can hang: spawned ones begin clean.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        with _environment(OMP_NUM_THREADS=str(self._n_threads)):
            process = context.Process(target=_serve, args=(theirs, self._plugins), daemon=True)
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def begin(self, job: Job) -> None:
        """Give the job to a worker that has none."""
        i = next(i for i, worker in enumerate(self._workers) if worker.key is None)
        if not self._workers[i].process.is_alive():
            self._workers[i] = self._started()
        self._workers[i].key = job.key
        try:
            self._workers[i].line.send((job.work, job.arguments))
        except OSError:  # it died this moment: `wait` sees that, and says that the job is lost
            return

    def wait(self, judge: Judge) -> Done:
        """The next job that ends."""
        while True:
            busy = {worker.line: worker for worker in self._workers if worker.key is not None}
            for line in wait(list(busy)):
                if done := self._heard(busy[line], judge):  # type: ignore[index]
                    return done

    def _heard(self, worker: _Worker, judge: Judge) -> Done | None:
        key = worker.key
        if key is None:
            raise RuntimeError("a worker without a job spoke")
        try:
            kind, said = worker.line.recv()
            if kind == "report":
                worker.line.send(judge(key, *said))
                return None
        except (EOFError, OSError):
            return self._replaced(worker, key)
        worker.key = None
        return Done(key, said) if kind == "outcome" else Done(key, reason=said)

    def _replaced(self, worker: _Worker, key: int) -> Done:
        worker.process.join(5)
        code = worker.process.exitcode
        worker.process.kill()  # where it lives on, it is of no use
        self._workers[self._workers.index(worker)] = self._started()
        return Done(key, reason=f"its process ended ({_ended(code)})", is_lost=True)

    def close(self) -> None:
        """End the workers, whatever they do: a training can be gone on with after that."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join(5)
            worker.line.close()


def _ended(code: int | None) -> str:
    if code is None:
        return "it does not answer"
    if code == -signal.SIGKILL:
        return "killed, perhaps for want of memory"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


@contextmanager
def _environment(**names: str) -> Iterator[None]:
    """Variables that a process inherits which is started inside the block."""
    before = {name: os.environ.get(name) for name in names}
    os.environ.update({name: value for name, value in names.items() if not before[name]})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


def _end_with_parent() -> None:
    """End this process when its parent is killed: a search that goes on makes its trial anew."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _serve(line: Connection, plugins: Plugins) -> None:
    """Make jobs until the line is closed."""
    # An interruption from the keyboard reaches all: the parent decides, and ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def report(step: int, value: float) -> bool:
        try:
            line.send(("report", (step, value)))
            return bool(line.recv())
        except (EOFError, OSError):
            os._exit(1)  # the search is gone: no fault of the trial, whose run is gone on with

    while True:
        try:
            work, arguments = line.recv()
        except (EOFError, OSError):
            return
        line.send(work_on(work, arguments, report, plugins))
