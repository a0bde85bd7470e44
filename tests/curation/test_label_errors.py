"""Labels changed on purpose are found, with the label they had."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from buffycoat.curation.label_errors import find_label_errors
from buffycoat.errors import TableError

CLASSES = ("basophil", "monocyte", "neutrophil")


@pytest.fixture
def labelled(make_table):
    """300 rows in three clouds, nine labels changed, the features and the true labels."""
    rng = np.random.default_rng(0)
    truth = np.arange(300) % 3
    features = rng.normal(0, 0.5, (300, 8)).astype(np.float32)
    features[np.arange(300), truth] += 3
    given = truth.copy()
    given[:9] = (given[:9] + 1) % 3
    table = make_table(CLASSES, label=[CLASSES[i] for i in given])
    return table, features, truth


def test_changed_labels_are_flagged_first_and_named(labelled):
    table, features, truth = labelled
    found = find_label_errors(table, features)
    assert np.flatnonzero(found.flags).tolist() == list(range(9))
    assert found.scores[:9].min() > found.scores[9:].max()
    assert ((found.scores >= 0) & (found.scores <= 1)).all()
    suggested = found.columns["label_suggested"]
    assert suggested[:9].to_list() == [CLASSES[i] for i in truth[:9]]
    assert suggested[9:].null_count() == 291
    assert found.reasons[0].startswith("given monocyte; looks like basophil (0.")
    assert found.said[0].startswith("9 of 300 labels (3.0%) are probably wrong.")
    shows, given = found.beside[0]
    assert (truth[shows], truth[given]) == (0, 1)
    assert found.tables["Given labels and what the images look like"]["images"].sum() == 9


def test_order_of_rows_does_not_matter(labelled):
    table, features, _ = labelled
    order = np.random.default_rng(1).permutation(300)
    turned = find_label_errors(replace(table, frame=table.frame[order]), features[order])
    found = find_label_errors(table, features)
    np.testing.assert_array_equal(turned.scores, found.scores[order])
    np.testing.assert_array_equal(turned.flags, found.flags[order])


def test_copies_in_one_group_do_not_vouch_for_each_other(labelled):
    table, features, _ = labelled
    features[9:60:3] = features[0]  # wrong alike: the same picture with the same wrong label
    labels = table.frame["label"].to_list()
    groups = [f"s{i:04d}" for i in range(300)]
    for row in (0, *range(9, 60, 3)):
        labels[row], groups[row] = "monocyte", "one picture"
    frame = table.frame.with_columns(label=pl.Series(labels), group=pl.Series(groups))
    found = find_label_errors(replace(table, frame=frame), features)
    assert found.flags[9:60:3].all()


def test_what_cannot_be_judged_has_no_score(labelled):
    table, features, _ = labelled
    features[20] = np.nan
    column = pl.Series([None] * 30 + ["blank"] + [None] * 269)
    names = pl.Series(["alone" if i < 5 else "monocyte" for i in range(300)])
    frame = table.frame.with_columns(excluded_because=column)
    frame = frame.with_columns(
        label=pl.when(pl.Series(range(300)) < 5).then(names).otherwise("label"),
        group=pl.when(pl.Series(range(300)) < 5).then(pl.lit("g")).otherwise("sample_id"),
    )
    table = replace(table, frame=frame, classes=(*CLASSES, "alone"))
    found = find_label_errors(table, features)
    expected = {*range(5), 20, 30}
    assert set(np.flatnonzero(np.isnan(found.scores)).tolist()) == expected
    assert not found.flags[list(expected)].any()


def test_answers_of_a_network_stand_in_where_they_are_known(labelled):
    table, features, truth = labelled
    p = np.full((300, 3), 0.01)
    p[np.arange(300), truth] = 0.98
    found = find_label_errors(table, features * np.nan, probabilities=p)
    assert np.flatnonzero(found.flags).tolist() == list(range(9))
    assert found.scores[0] == pytest.approx(0.99)
    assert "a network" in found.said[1]
    p[150:] = np.nan
    mixed = find_label_errors(table, features, probabilities=p)
    assert np.isfinite(mixed.scores).all()
    assert mixed.scores[:9] == pytest.approx(0.99)
    assert "a linear classifier" in mixed.said[1]


def test_embeddings_help_where_the_descriptor_knows_nothing(labelled):
    table, features, _ = labelled
    noise = np.random.default_rng(5).normal(0, 1, (300, 4)).astype(np.float32)
    alone = find_label_errors(table, noise)
    assert alone.facts["accuracy"] < 0.6
    assert alone.facts["is_weak"]
    assert "are contradicted." in alone.said[0]
    assert "its own mistakes" in alone.said[2]
    both = find_label_errors(table, noise, embeddings=features)
    assert both.flags[:9].all()
    assert both.facts["accuracy"] > 0.9


def test_arrays_of_another_table_are_refused(labelled):
    table, features, _ = labelled
    with pytest.raises(TableError, match=r"probabilities have the shape \(300, 2\).*\(300, 3\)"):
        find_label_errors(table, features, probabilities=np.zeros((300, 2)))
    with pytest.raises(TableError, match="features have the shape"):
        find_label_errors(table, features[:10])


def test_one_class_is_not_judged(make_table):
    found = find_label_errors(make_table(label=["a"] * 8), np.eye(8, dtype=np.float32))
    assert found.scores is None
    assert found.level == "note"
