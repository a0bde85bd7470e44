"""Rows of results.csv: each figure with its day, commit, data, device and what it is a ratio to."""

from __future__ import annotations

import csv
import datetime
import os
import platform
import statistics
import subprocess
from pathlib import Path

import torch

RESULTS = Path(__file__).with_name("results.csv")
COLUMNS = (
    "date",
    "commit",
    "benchmark",
    "setting",
    "figure",
    "value",
    "low",
    "high",
    "unit",
    "data_hash",
    "device",
    "note",
)


def write_row(
    benchmark: str,
    setting: str,
    figure: str,
    value: float,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    data_hash: str = "",
    note: str = "",
) -> None:
    """Append one figure to results.csv and print it.

    Args:
        benchmark: The script's name.
        setting: What was measured, for example `resnet18, 96 px`.
        figure: The name of the number.
        value: The number; for repeated measurements the median.
        low: Lower end of its interval, or the smallest of the measurements.
        high: Upper end, or the largest.
        unit: Its unit; a ratio has none.
        data_hash: Of the images.
        note: What a reader has to know, for example what it is a ratio to.
    """
    row = (
        datetime.datetime.now(datetime.UTC).date().isoformat(),
        commit(),
        benchmark,
        setting,
        figure,
        *(rounded(x) for x in (value, low, high)),
        unit,
        data_hash[:12],
        device(),
        note,
    )
    is_new = not RESULTS.exists()
    with RESULTS.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([COLUMNS, row] if is_new else [row])
    span = f" ({rounded(low)} to {rounded(high)})" if low is not None else ""
    print(f"{benchmark} | {setting} | {figure}: {rounded(value)}{span} {unit}  {note}", flush=True)


def write_median(
    benchmark: str, setting: str, figure: str, values: list[float], **told: str
) -> None:
    """Append the median of repeated measurements, with the smallest and the largest."""
    ends = {"low": min(values), "high": max(values)}
    write_row(benchmark, setting, figure, statistics.median(values), **ends, **told)


def rounded(value: float | None) -> str:
    """Four significant digits, or nothing."""
    return "" if value is None else f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


def commit() -> str:
    """The commit measured, with a + where the code differs from it; nothing without git."""
    here = {"cwd": RESULTS.parents[1], "capture_output": True, "text": True, "check": True}
    try:
        said = subprocess.run(["git", "rev-parse", "--short", "HEAD"], **here).stdout.strip()
        changed = ["git", "status", "--porcelain", "--untracked-files=no", "src", "benchmarks/*.py"]
        return said + "+" * bool(subprocess.run(changed, **here).stdout.strip())
    except (OSError, subprocess.CalledProcessError):
        return ""


def device() -> str:
    """The GPU's name, or the processor's with the cores that may be used."""
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"{_processor()}, {len(os.sched_getaffinity(0))} cores"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
