"""Trials in this process, one after the other."""

from __future__ import annotations

from functools import partial

from buffycoat.search.engine.engine import Done, Job, Judge

__all__ = ["InProcess"]


class InProcess:
    """Makes a job when it is waited for."""

    n_at_once = 1

    def __init__(self) -> None:
        self._job: Job | None = None

    def begin(self, job: Job) -> None:
        """Keep the job."""
        self._job = job

    def wait(self, judge: Judge) -> Done:
        """Make it; an error of the work passes through."""
        if self._job is None:
            raise RuntimeError("no job was begun")
        job, self._job = self._job, None
        return Done(job.key, job.work(*job.arguments, report=partial(judge, job.key)))

    def close(self) -> None:
        """Nothing is left."""
