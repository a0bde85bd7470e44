"""What a run has learned from."""

from pathlib import Path

import numpy as np
import polars as pl

from buffycoat.pipeline.adaptation.learned import met_shares
from buffycoat.tables.samples import SampleTable
from buffycoat.training.settings import LearningSettings


def test_what_a_run_met_by_groups_counts_groups():
    frame = pl.DataFrame(
        {
            "sample_id": list("stuvwxyz"),
            "label": ["a"] * 5 + ["b"] * 2 + ["a"],
            "group": ["1"] * 4 + [None, "3", "3", None],  # where it is not known, a row is its own
            "split": ["train"] * 8,
            "excluded_because": [None] * 8,
        },
        schema_overrides={"excluded_because": pl.String},
    )
    samples = SampleTable(frame, Path(), ("a", "b"))
    learning = LearningSettings(balance="group-sampling")
    np.testing.assert_allclose(met_shares(samples, learning, ("a", "b")), [3 / 4, 1 / 4])
