"""Prediction tables drawn at random, with ties, of images that agree within their groups."""

import numpy as np
import polars as pl
import pytest

from buffycoat.tables.predictions import PredictionTable

CLASSES = ("basophil", "monocyte", "platelet")


def table_of(labels, predicted, *, classes=CLASSES, groups=None, p=None, **columns):
    """A prediction table of one run on the test split, row by row."""
    n = len(labels)
    given = {
        "run_id": ["a"] * n,
        "sample_id": [f"s{i:04d}" for i in range(n)],
        "variant": ["clean"] * n,
        "severity": [None] * n,
        "path": [f"{i}.png" for i in range(n)],
        "group": groups or [None] * n,
        "split": ["test"] * n,
        "fold": [None] * n,
        "label": labels,
        "predicted": predicted,
        "failed_because": [None] * n,
    }
    types = dict.fromkeys(given, pl.String) | {"severity": pl.Int64, "fold": pl.Int64}
    frame = pl.DataFrame(given | columns, schema_overrides=types, strict=False)
    if p is not None:
        frame = frame.with_columns(pl.Series(f"p_{c}", p[:, i]) for i, c in enumerate(classes))
    return PredictionTable(frame, classes, {"data_hash": "abc"})


def draw_table(seed=0, n=200, n_groups=None, *, with_p=True):
    """Random answers, right more often than not; probabilities are tenths, so that they tie."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    p = rng.dirichlet(np.ones(3), n) + 0.8 * np.eye(3)[labels] * (rng.random((n, 1)) < 0.6)
    p = rng.multinomial(10, p / p.sum(1, keepdims=True)) / 10
    groups = None if n_groups is None else [f"g{g}" for g in rng.integers(n_groups, size=n)]
    named = [[CLASSES[c] for c in ids] for ids in (labels, p.argmax(1))]
    return table_of(*named, groups=groups, p=p if with_p else None)


@pytest.fixture(scope="session")
def make_table():
    return table_of


@pytest.fixture(scope="session")
def random_table():
    return draw_table
