"""The table of docs/published-systems.md, from the newest rows of results.csv.

`python -m benchmarks.published.page` prints it.
"""

from __future__ import annotations

import csv

from benchmarks.published.recipes import ALL, Short
from benchmarks.record import RESULTS

REPORTED = {
    "system-1": ".4910",
    "system-2": ".714 (25 of 35)",
    "system-3": ".9047",
    "system-4": ".94 hidden, distorted",
    "system-5": ".94 hidden, distorted",
}
"""Test accuracy as each system's authors gave it."""

HEAD = (
    "recipe",
    "published",
    "here, clean test rows",
    "here, distorted copies",
    "epochs here, and published",
    "other than the recipe",
)


def main() -> None:
    """Print one line for each short form that was measured."""
    with RESULTS.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["benchmark"] == "published.recipes"]
    measured = {row["setting"] for row in rows}
    lines = [_line(short, rows) for short in ALL if short.name in measured]
    for line in (HEAD, ["---"] * len(HEAD), *lines):
        print("|", " | ".join(line), "|")


def _line(short: Short, rows: list[dict[str, str]]) -> tuple[str, ...]:
    own = {row["figure"]: row for row in rows if row["setting"] == short.name}  # the newest last
    distorted = next((f for f in own if f.startswith("test accuracy, mixed")), "")
    clean = own.get("test accuracy", {})
    epochs = clean.get("note", "").split(";")[0]
    first = (f"`{short.recipe}`", REPORTED[short.recipe[:8]])
    return (*first, _figure(clean), _figure(own.get(distorted, {})), epochs, short.differs)


def _figure(row: dict[str, str]) -> str:
    """The figure with its interval, without leading noughts."""
    if not row:
        return ""
    value, low, high = (f"{float(row[name]):.3f}".lstrip("0") for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


if __name__ == "__main__":
    main()
