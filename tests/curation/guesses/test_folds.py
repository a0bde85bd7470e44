"""Folds keep groups whole, spread classes, and do not depend on the order of rows."""

import numpy as np
import polars as pl

from buffycoat.curation.guesses.folds import deal_folds


def table():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 60, 900)
    return group % 3, pl.Series([f"g{i}" for i in group])


def test_groups_are_whole_and_classes_in_every_fold():
    labels, groups = table()
    folds = deal_folds(labels, groups, 5)
    per_group = (
        pl.DataFrame({"group": groups, "fold": folds})
        .group_by("group")
        .agg(pl.col("fold").n_unique())
    )
    assert per_group["fold"].to_list() == [1] * 60
    for fold in range(5):
        assert set(labels[folds == fold]) == {0, 1, 2}
        assert 120 <= (folds == fold).sum() <= 240


def test_order_of_rows_does_not_matter_and_the_seed_does():
    labels, groups = table()
    order = np.random.default_rng(1).permutation(len(labels))
    folds = deal_folds(labels, groups, 5)
    np.testing.assert_array_equal(deal_folds(labels[order], groups[order], 5), folds[order])
    assert (deal_folds(labels, groups, 5, seed=1) != folds).any()
