"""A process watched from outside: how long it takes for a step, and how much memory it holds."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["Ended", "watch"]

_EVERY_S = 0.05


@dataclass(frozen=True)
class Ended:
    """How a process came to its end."""

    because: Literal["itself", "time", "memory"]
    """Of itself, or stopped for taking too long or too much."""
    code: int
    """Its exit code; negative for the signal that ended it."""
    peak_bytes: int
    """The most memory that it was seen to hold; 0 where that cannot be seen."""


def watch(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    report: Path,
    allowed: Callable[[], float],
    memory_bytes: float,
) -> Ended:
    """Run a program, and stop it when a step lasts too long or it holds too much memory.

    Memory is looked at 20 times a second, since a limit of the system on addresses
    (`RLIMIT_AS`) stops torch and onnxruntime, which reserve far more than they hold.

    Args:
        command: The program and its arguments.
        folder: Where it works.
        environment: All variables that it sees.
        report: The file that it writes into; the clock starts again when that grows.
        allowed: Gives the seconds that the step may take which the report says last.
        memory_bytes: The most that it may hold.
    """
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            return _follow(process, report, allowed, memory_bytes)
        finally:
            _stop(process)


def _follow(
    process: subprocess.Popen[bytes],
    report: Path,
    allowed: Callable[[], float],
    memory_bytes: float,
) -> Ended:
    peak, size, since, seconds = 0, 0, time.monotonic(), allowed()
    while True:
        try:
            return Ended("itself", process.wait(_EVERY_S), peak)
        except subprocess.TimeoutExpired:
            peak = max(peak, _held_bytes(process.pid))
        if report.stat().st_size != size:
            size, since, seconds = report.stat().st_size, time.monotonic(), allowed()
        if peak > memory_bytes:
            return Ended("memory", _stop(process), peak)
        if time.monotonic() - since > seconds:
            return Ended("time", _stop(process), peak)


def _held_bytes(pid: int) -> int:
    """The memory that a process holds now; 0 where that cannot be seen."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return _asked_bytes(pid)


def _asked_bytes(pid: int) -> int:
    """The same from `ps`, which systems without /proc have."""
    command = ["ps", "-o", "rss=", "-p", str(pid)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        return int(done.stdout) * 1024
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def _stop(process: subprocess.Popen[bytes]) -> int:
    """End a process with all that it began, and give its exit code."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    return process.wait()
