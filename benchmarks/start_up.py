"""Seconds until the command line helps, and that importing the package costs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.record import write_median

ROUNDS = 15
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import buffycoat": [sys.executable, "-c", "import buffycoat"],
    "buffycoat --help": [str(Path(sys.executable).with_name("buffycoat")), "--help"],
}


def main() -> None:
    """Run the commands in turn and write what they cost above a bare interpreter."""
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS + 1):  # the first fills the page cache
        for name, command in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            found[name].append(time.perf_counter() - began)
    bare = found["python -c pass"]
    for name, seconds in found.items():
        _row(name, "seconds", seconds[1:], "s")
        if name != "python -c pass":
            above = [a - b for a, b in zip(seconds[1:], bare[1:], strict=True)]
            _row(name, "seconds above python -c pass", above, "s")


def _row(setting: str, figure: str, values: list[float], unit: str) -> None:
    note = f"median of {len(values)}, in turn"
    write_median("start_up", setting, figure, values, unit=unit, note=note)


if __name__ == "__main__":
    main()
