"""Process seconds of outliers and copies at 10 k, 100 k and 1 M rows, and how they grow.

For outliers rows are PBC's appearances, repeated with a noise of a tenth of each number's spread,
so that no two are one picture; for copies they are PBC's landmarks, repeated with a noise that
makes them other landmarks. `python -m benchmarks.curation_growth outliers 10000 100000` takes this
analysis and these sizes alone; `--write` appends the figures to results.csv and draws
curation_growth.svg beside it.
"""

from __future__ import annotations

import math
import resource
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import cells
from benchmarks.record import write_row
from buffycoat.curation.copies.candidates import MAX_INDEXED, candidate_pairs
from buffycoat.curation.copies.landmarks import LANDMARKS
from buffycoat.curation.looks.look_at import look_at
from buffycoat.curation.outliers.alike import first_alike
from buffycoat.curation.outliers.density import joining_distance
from buffycoat.curation.outliers.find import OUTLIER_LOOKS
from buffycoat.curation.outliers.neighbours import nearest
from buffycoat.curation.outliers.spaces import spaces
from buffycoat.curation.outliers.subspace import distances
from buffycoat.tables.samples import data_hash

SIZES = (10_000, 100_000, 1_000_000)
N_NEIGHBOURS = 32
_OTHER = 15  # of 255, on each number of a descriptor: twice the distance that copies may have


def main() -> None:
    """Measure each step at each size."""
    sizes = [int(word) for word in sys.argv[1:] if word.isdigit()] or list(SIZES)
    ways = {"outliers": (OUTLIER_LOOKS[0], outliers), "copies": (LANDMARKS, copies)}
    table = cells.read(cells.pbc())
    spent: dict[str, dict[int, float]] = {}
    for name in [word for word in sys.argv[1:] if word in ways] or list(ways):
        look, measure = ways[name]
        looked = look_at(table, [look])
        seen = looked.arrays[look.name][looked.has[look.name]]
        for n in sizes:
            for step, seconds in measure(seen, n).items():
                spent.setdefault(step, {})[n] = seconds
            peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{name}, {n:,} rows done, peak memory {peak_mb:,.0f} MB", flush=True)
    for step, by_size in spent.items():
        _say(step, by_size, data_hash(table))
    if "--write" in sys.argv:
        _draw(spent, Path(__file__).with_name("curation_growth.svg"))


def outliers(seen: np.ndarray, n: int) -> dict[str, float]:
    """Process seconds by step, for `n` rows made of appearances (N, D)."""
    spent: dict[str, float] = {}
    rows = [_grown(seen, n)]
    whole = _timed(spent, "spaces", lambda: spaces(rows.pop()))["whole"]
    _timed(spent, "collapsing copies", lambda: first_alike(whole))
    apart, at = _timed(spent, "neighbours", lambda: nearest(whole, N_NEIGHBOURS))
    _timed(spent, "density", lambda: joining_distance(whole, apart, at, n // 100))
    _timed(spent, "pca", lambda: distances(whole))
    return spent


def copies(seen: np.ndarray, n: int) -> dict[str, float]:
    """Process seconds of finding candidates among `n` images made of landmarks (N, K, 132)."""
    seen = seen[:, : MAX_INDEXED // n]
    rows = np.empty((n, *seen.shape[1:]), np.uint8)
    rng = np.random.default_rng(0)
    for start in range(0, n, len(seen)):
        block = rows[start : start + len(seen)]
        known = seen[: len(block)]
        moved = known + _OTHER * rng.standard_normal(known.shape, np.float32)
        block[:] = np.where(known > 0, moved.clip(0, 255), 0)
    spent: dict[str, float] = {}
    _timed(spent, "candidates of copies", lambda: candidate_pairs(rows))
    return spent


def _timed(spent: dict[str, float], step: str, work: Callable[[], Any]) -> Any:
    start = time.process_time()
    found = work()
    spent[step] = time.process_time() - start
    return found


def _grown(seen: np.ndarray, n: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    noise = (seen.std(axis=0) / 10).astype(np.float32)
    found = np.empty((n, seen.shape[1]), np.float32)
    for start in range(0, n, len(seen)):
        block = found[start : start + len(seen)]
        moves = rng.standard_normal(block.shape, np.float32) * noise
        block[:] = seen[: len(block)] + moves * (seen[: len(block)] > 0)
    return found


def _say(step: str, by_size: dict[int, float], data: str) -> None:
    ordered = sorted(by_size)
    for n in ordered:
        print(f"{step}, {n:,} rows: {by_size[n]:.2f} s, {by_size[n] / n * 1e6:.0f} us a row")
        if "--write" in sys.argv:
            write_row(
                "curation_growth",
                f"{step}, {n:,} rows",
                "process time",
                by_size[n],
                unit="s",
                data_hash=data,
            )
    for small, large in pairwise(ordered):
        power = math.log(by_size[large] / by_size[small]) / math.log(large / small)
        print(f"{step}, {small:,} to {large:,} rows: grows as n to the power {power:.2f}")


def _draw(spent: dict[str, dict[int, float]], file: Path) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4))
    for step, by_size in spent.items():
        axes.loglog(list(by_size), list(by_size.values()), marker="o", label=step)
    sizes = np.array(sorted(next(iter(spent.values()))), float)
    line = sizes * np.log(sizes)
    axes.loglog(sizes, line / line[0] * 1.0, "k:", label="n log n")
    axes.set(xlabel="rows", ylabel="process time, s")
    axes.legend()
    figure.savefig(file)


if __name__ == "__main__":
    main()
