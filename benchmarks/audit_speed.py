"""Seconds of `buffycoat audit` on PBC, start-up and decoding included, with nothing kept before.

Each part in a command of its own and a cache of its own, so that each pays for its decoding; a
whole audit pays for it once. Set beside it: the seconds that decoding alone takes.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

from benchmarks import cells
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import timed
from buffycoat.images.stream import stream_images
from buffycoat.tables.samples import data_hash, read_samples

PARTS = {"copies", "quality", "outliers", "shortcuts", "labels", "map"}
COMMANDS = {
    "all but copies, labels and map": PARTS - {"copies", "labels", "map"},
    "copies": {"copies"},
    "labels": {"labels"},
    "map": {"map"},
    "all": PARTS,
    "all, seen before": PARTS,
}


def main() -> None:
    """Time each command and write its seconds and their ratio to decoding."""
    cells.WORK.mkdir(parents=True, exist_ok=True)
    table = cells.WORK / "pbc-all.parquet"
    timed(["import", cells.folder("pbc"), "--out", table])
    samples = read_samples(table)
    began = time.perf_counter()
    n_read = sum(1 for _ in stream_images(samples.root, samples.frame))
    decoding_s = time.perf_counter() - began
    setting, facts = f"PBC, {n_read:,} images", {"data_hash": data_hash(samples)}
    write_row("audit_speed", setting, "seconds of decoding alone", decoding_s, unit="s", **facts)
    cache = cells.WORK / "audit-cache"
    before = os.environ.get("BUFFYCOAT_CACHE")
    os.environ["BUFFYCOAT_CACHE"] = str(cache)
    for name, parts in COMMANDS.items():
        if not name.endswith("before"):
            shutil.rmtree(cache, ignore_errors=True)
        seconds = timed(_command(table, parts))
        write_row("audit_speed", setting, f"seconds of audit, {name}", seconds, unit="s", **facts)
        ratio = seconds / decoding_s
        write_row("audit_speed", setting, f"audit, {name} / decoding alone", ratio, **facts)
    shutil.rmtree(cache, ignore_errors=True)
    if before:
        os.environ["BUFFYCOAT_CACHE"] = before


def _command(table: Path, parts: set[str]) -> list[object]:
    out = ["--out", cells.WORK / "audited.parquet"]
    page = ["--report", cells.WORK / "audit.html"] if parts == PARTS else []
    skipped = sorted(PARTS - parts)
    return ["audit", table, *out, *page, *(["--skip", *skipped] if skipped else [])]


if __name__ == "__main__":
    sys.exit(main())
