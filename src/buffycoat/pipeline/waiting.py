"""How threads wait for each other, chosen before torch is imported.

OpenMP's threads wait by spinning. Alone that is fastest; where another program wants the same
processors, a thread that spins keeps away the very thread that it waits for, and a training step
takes ten times as long.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

__all__ = ["busy_share", "choose_waiting"]

_SHORT = "1000"  # spins, about 50 microseconds; then a thread sleeps
_BUSY = 0.25
_STAT = Path("/proc/stat")


def choose_waiting() -> None:
    """Let threads sleep soon where others use the processors; what the user set stays.

    To be called before torch is imported: OpenMP reads its settings once.
    """
    is_set = {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "OMP_NUM_THREADS"} & os.environ.keys()
    if not is_set and busy_share() > _BUSY:
        os.environ["GOMP_SPINCOUNT"] = _SHORT


def busy_share(seconds: float = 0.1) -> float:
    """The share of the processors that others have used for a moment, 0 to 1; 0 where unknown."""
    before = _times()
    time.sleep(seconds)
    idle, total = (after - was for after, was in zip(_times(), before, strict=True))
    return 1 - idle / total if total > 0 else 0.0


def _times() -> tuple[int, int]:
    """Idle and all ticks so far of the processors that this process may use."""
    idle = total = 0
    with contextlib.suppress(OSError, ValueError):
        allowed = {f"cpu{number}" for number in os.sched_getaffinity(0)}
        for name, *ticks in map(str.split, _STAT.read_text().splitlines()):
            if name in allowed:
                counts = [int(tick) for tick in ticks[:8]]
                idle, total = idle + counts[3] + counts[4], total + sum(counts)
    return idle, total
