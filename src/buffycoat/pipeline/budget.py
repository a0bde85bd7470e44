"""A wall-clock budget for a whole command."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from buffycoat.errors import SettingError

__all__ = ["Budget", "parse_seconds"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "": 60}


def parse_seconds(text: str) -> float:
    """Seconds of a time such as `90s`, `20m`, `1.5h`; a bare number is minutes.

    Raises:
        SettingError: for anything else.

    >>> parse_seconds("1.5h"), parse_seconds("20")
    (5400.0, 1200.0)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smh]?)\s*", text)
    if not found or float(found[1]) == 0:
        raise SettingError(f"budget {text!r} is no time: write 90s, 20m or 1.5h")
    return float(found[1]) * _UNITS[found[2]]


@dataclass(frozen=True)
class Budget:
    """Seconds for a command, counted from when it was made."""

    total_s: float
    """Seconds in all."""
    began: float = field(default_factory=time.monotonic)
    """When it started, in the seconds of `time.monotonic`."""

    @property
    def deadline(self) -> float:
        """When it ends, in the seconds of `time.monotonic`."""
        return self.began + self.total_s

    @property
    def left_s(self) -> float:
        """Seconds left."""
        return self.deadline - time.monotonic()
