"""How deep to fine-tune: the sweep of docs/how-to/sweep.md, by named blocks, as one page.

MobileNetV2 from ImageNet's weights at 64 px on PBC, of which 200 training and 100 validation images
of each class are taken by seed: the fewer the images, the more the depth matters. The head learns
alone for two epochs, then the free blocks with it for four; each depth with batch norms that learn
and that rest. Ranked by validation rows, which alone are looked at.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import cells
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import timed
from buffycoat.tables.samples import read_samples, write_samples
from buffycoat.tables.trials import read_trials

TAKEN = {"train": 200, "validation": 100, "test": 100}
N_BLOCKS = 7
FREE = {"the head alone": N_BLOCKS, "1 block": 6, "2 blocks": 5, "3 blocks": 4, "5 blocks": 2}
"""By what learns besides the head: how many of the seven blocks are frozen."""


def main() -> None:
    """Sweep, and write the figures of each trial."""
    whole = cells.WORK / "pbc-0" / "samples.parquet"
    if not whole.is_file():
        sys.exit(f"{whole} is not there: run `accuracy pbc`")
    out = cells.WORK / "sweep-depth"
    how = ["--weights", cells.WEIGHTS, "--image-px", 64, 64, "--head-epochs", 2, "--epochs", 4]
    how += ["--learning-rate", "5e-4", "--vary", "freeze_batch_norm=true,false"]
    how += ["--vary", f"freeze_blocks={','.join([*map(_frozen, FREE.values()), '[]'])}"]
    resumed = ["--resume"] if out.is_dir() else []
    timed(["sweep", _some(whole), *how, "--out", out, *resumed])
    _write(out)


def _write(out: Path) -> None:
    """A row for each trial; of a frozen backbone the batch norms rest in any case."""
    depths = (*FREE, "the whole network")
    trials = read_trials(out / "trials.parquet")
    named = [(depth, norms) for norms in ("rest", "learn") for depth in depths]
    for (depth, norms), row in zip(named, trials.frame.iter_rows(named=True), strict=True):
        setting = f"{depth}, batch norms {norms}"
        facts = {"data_hash": trials.facts["data_hash"]}
        took = f"{row['n_epochs']:.0f} epochs in {row['elapsed_s']:.0f} s"
        facts["note"] = f"800 validation images of 1,600 training ones, 64 px; {took}"
        what, value = "validation accuracy", row["validation_accuracy"]
        write_row("fine_tuning_depth", setting, what, value, **facts)


def _frozen(n: int) -> str:
    """The blocks that rest, as `--vary` takes them."""
    if n == N_BLOCKS:
        return "[all]"
    return f"[{','.join(['stem', *(f'blocks.{i}' for i in range(n))])}]"


def _some(whole: Path) -> Path:
    """The table with so many images of each class and split; the others are left out of it."""
    path = cells.WORK / "pbc-some.parquet"
    if path.is_file():
        return path
    table = read_samples(whole)
    rows = table.frame.with_row_index("row").filter(pl.col("excluded_because").is_null())
    drawn = rows.sample(fraction=1, shuffle=True, seed=0)
    place = pl.int_range(pl.len()).over("split", "label")
    most = pl.col("split").replace_strict(TAKEN, default=0)
    kept = drawn.filter(place < most)["row"].to_numpy()
    is_left_out = np.ones(len(table.frame), bool)
    is_left_out[kept] = False
    why = pl.when(pl.Series(is_left_out)).then(pl.lit("not drawn"))
    frame = table.frame.with_columns(pl.coalesce("excluded_because", why).alias("excluded_because"))
    write_samples(table.stepped("draw", frame, seed=0), path)
    return path


if __name__ == "__main__":
    main()
