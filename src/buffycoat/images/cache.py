"""Where decoded images, and what was seen of them, are kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["cache_root"]


def cache_root() -> Path:
    """The folder of the cache: `$BUFFYCOAT_CACHE`, or the platform's place for caches."""
    given = os.environ.get("BUFFYCOAT_CACHE")
    if given:
        return Path(given).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "buffycoat"
    base = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "buffycoat"
