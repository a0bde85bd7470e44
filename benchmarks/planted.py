"""What the audit finds of what was planted among PBC's cells: precision and recall by kind.

`python -m benchmarks.planted` takes other rows and seeds than the limits were set on; `--write`
appends the figures to results.csv.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import cells
from benchmarks.planting import Planted, cells_of, competition, harder
from benchmarks.record import write_row
from buffycoat.curation.looks.look_at import look_at
from buffycoat.curation.outliers.find import OUTLIER_LOOKS, find_outliers
from buffycoat.curation.outliers.repeats import find_repeats
from buffycoat.images.measure import measure_images
from buffycoat.sources.npz import read_npz
from buffycoat.tables.samples import SampleTable, check_samples, data_hash

N_CELLS = 11_959
OTHER_ROWS = "89abcdef"  # limits were set on the rows whose hash begins with 0 to 7


@dataclass(frozen=True)
class Found:
    """What an audit flags in a planted set."""

    planted: Planted
    samples: SampleTable
    is_out: np.ndarray
    """(N,) flagged as an outlier or a repeat."""
    reasons: dict[int, str]
    process_s: float
    """Of the two analyses, without reading the images."""

    @property
    def is_planted(self) -> np.ndarray:
        """(N,) what should be flagged: of a pair either one counts, so the flagged one."""
        wanted = ~np.isin(self.planted.kinds, ["cell", "pair"])
        for row in np.flatnonzero(self.planted.pairs >= 0):
            first = self.planted.pairs[row]
            wanted[first if self.is_out[first] and not self.is_out[row] else row] = True
        return wanted

    def recall(self) -> dict[str, tuple[int, int]]:
        """By kind: found, and planted."""
        wanted, kinds = (
            self.is_planted,
            np.where(self.planted.kinds == "cell", "pair", self.planted.kinds),
        )
        return {
            str(kind): (int((self.is_out & wanted & (kinds == kind)).sum()), int(n))
            for kind in dict.fromkeys(kinds[wanted])
            if (n := (wanted & (kinds == kind)).sum())
        }

    @property
    def wrong(self) -> np.ndarray:
        """Rows that are flagged and were not planted."""
        return np.flatnonzero(self.is_out & ~self.is_planted)


def audit(planted: Planted, cache: Path) -> Found:
    """Look at a planted set, as if the import had excluded nothing of it."""
    listed = read_npz(planted.file)
    samples = check_samples(replace(listed, frame=measure_images(listed.root, listed.frame)))
    looked = look_at(samples, OUTLIER_LOOKS, cache=cache)
    start = time.process_time()
    outlier = find_outliers(samples, looked)[0]
    repeat = find_repeats(samples, outlier.flags)
    spent = time.process_time() - start
    reasons = {**outlier.reasons, **repeat.reasons}
    return Found(planted, samples, outlier.flags | repeat.flags, reasons, spent)


def main() -> None:
    """Plant, audit and print; two sets of each kind by seed."""
    table = cells.read(cells.pbc())
    with tempfile.TemporaryDirectory() as folder:
        for seed in (11, 12):
            file = Path(folder) / f"{seed}.npz"
            rows = cells_of(table, N_CELLS, seed)
            found = audit(competition(table, rows, seed, file), Path(folder))
            _say(f"competition, {len(rows):,} cells, seed {seed}", found, data_hash(table))
            rows = cells_of(table, N_CELLS, seed, OTHER_ROWS)
            found = audit(harder(table, rows, seed, file), Path(folder))
            _say(f"harder, {len(rows):,} other cells, seed {seed}", found, data_hash(table))


def _say(setting: str, found: Found, data: str) -> None:
    n_found, n = int((found.is_out & found.is_planted).sum()), int(found.is_planted.sum())
    precision = n_found / max(n_found + len(found.wrong), 1)
    print(f"{setting}: {n_found} of {n} planted found, and {len(found.wrong)} cells flagged")
    print(f"  process time of the analyses: {found.process_s:.1f} s")
    for kind, (n_kind, n_of) in found.recall().items():
        print(f"  {kind}: {n_kind} of {n_of}")
    for row in found.wrong.tolist():
        print(f"  cell: {found.samples.frame['label'][row]}, row {row}: {found.reasons[row]}")
    if "--write" in sys.argv:
        write_row("planted", setting, "recall", n_found / n, data_hash=data)
        write_row("planted", setting, "precision", precision, data_hash=data)


if __name__ == "__main__":
    main()
