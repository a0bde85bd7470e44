"""From probabilities to rows of a prediction table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from buffycoat.tables.predictions import SCHEMA, PredictionTable

__all__ = ["answer_rows"]


def answer_rows(
    frame: pl.DataFrame,
    p: np.ndarray,
    classes: Sequence[str],
    run_id: str,
    *,
    failures: Mapping[int, str] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> PredictionTable:
    """The prediction table of some samples.

    Args:
        frame: Rows of a sample table (N).
        p: Probabilities (N, C); what stands in failed rows does not matter.
        classes: Class names in the order of the probabilities.
        run_id: Who answered.
        failures: Reason by position in `frame`; those rows get no answer.
        facts: What is known of the data.
    """
    known = [c if c in frame.columns else pl.lit(None, dtype=t).alias(c) for c, t in SCHEMA.items()]
    out = frame.select(known).with_columns(
        pl.lit(run_id).alias("run_id"),
        pl.lit("clean").alias("variant"),
        pl.lit(None, dtype=pl.Int64).alias("severity"),
        pl.Series("predicted", [classes[i] for i in p.argmax(1)], dtype=pl.String),
        pl.Series(
            "failed_because", [(failures or {}).get(i) for i in range(len(frame))], dtype=pl.String
        ),
        *(pl.Series(f"p_{name}", p[:, c].astype(np.float32)) for c, name in enumerate(classes)),
    )
    answers = ["predicted", *(f"p_{name}" for name in classes)]
    failed = pl.col("failed_because").is_not_null()
    out = out.with_columns(pl.when(~failed).then(pl.col(name)).alias(name) for name in answers)
    return PredictionTable(out.select([*SCHEMA, *answers[1:]]), tuple(classes), facts or {})
