"""`buffycoat embed`: the features that a trained network gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from buffycoat.errors import SettingError
from buffycoat.pipeline.console import progress, say
from buffycoat.pipeline.loading import load_run, train_settings
from buffycoat.pipeline.storing import store_images
from buffycoat.prediction.predict import embed_rows
from buffycoat.tables.files import check_writable, replacing
from buffycoat.tables.samples import SampleTable, read_samples

__all__ = ["embed"]


def embed(run: Path, table: Path | SampleTable, /, *, out: Path | None = None) -> np.ndarray:
    """Features (N, D) that a run's backbone gives for each row of a sample table, as .npy.

    A row whose image cannot be read has NaN in its place, so that rows stay aligned.

    Args:
        run: A run folder.
        table: A sample table.
        out: The .npy file to write.

    Raises:
        SettingError: when the file's name does not end in .npy.
        RunError: when the run is incomplete or altered.
        DiskError: when the file cannot be written.
    """
    if out:
        _check_name(Path(out))
        check_writable(out)
    opened, network = load_run(run)
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    store = store_images(samples, train_settings(opened).images)
    rows = store.rows_of(samples.frame)
    features = np.full((len(rows), network.n_features), np.nan, np.float32)
    with progress("embedding", len(rows)) as moved:
        features[rows >= 0] = embed_rows(
            network,
            store.pixels,
            rows[rows >= 0],
            precision=opened.facts["precision"],
            on_progress=moved,
        )
    if out:
        with replacing(Path(out)) as beside, beside.open("wb") as file:
            np.save(file, features)
        say(f"features {features.shape}: {out}")
    return features


def _check_name(out: Path) -> None:
    if out.suffix.lower() != ".npy":
        raise SettingError(f"--out is {out}: name a file that ends in .npy")
