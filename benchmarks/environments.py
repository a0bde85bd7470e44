"""Other programs in Python environments of their own, in the work folder."""

from __future__ import annotations

import json
import os
import subprocess
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import cells

__all__ = ["interpreter", "result_of"]


def interpreter(name: str, wanted: Sequence[str]) -> Path:
    """The interpreter of an environment, made with these packages where it is not there.

    The one in $BUFFYCOAT_<NAME> is taken where that is set.
    """
    given = os.environ.get(f"BUFFYCOAT_{name.upper()}")
    if given:
        return Path(given)
    place = cells.WORK / f"{name}-environment"
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    return python


def result_of(python: Path, program: str, *arguments: object) -> Any:
    """What a program prints as JSON in a line that begins with RESULT."""
    job = [str(python), "-c", program, *map(str, arguments)]
    said = subprocess.run(job, check=True, capture_output=True, text=True).stdout
    line = next(line for line in said.splitlines() if line.startswith("RESULT"))
    return json.loads(line.removeprefix("RESULT"))
