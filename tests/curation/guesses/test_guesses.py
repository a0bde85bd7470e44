"""Guesses come from rows of other folds alone."""

import numpy as np
import polars as pl
import pytest

from buffycoat.curation.guesses.embeddings import beside
from buffycoat.curation.guesses.folds import deal_folds
from buffycoat.curation.guesses.linear import linear_guesses
from buffycoat.curation.guesses.property import predict_class


def test_separate_classes_are_guessed():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 60)
    features = rng.normal(0, 0.3, (180, 6))
    features[np.arange(180), labels] += 3
    p = linear_guesses(features, labels, np.arange(180) % 5, 4)
    assert (p.argmax(1) == labels).all()
    np.testing.assert_allclose(p.sum(1), 1)
    assert not p[:, 3].any()


def test_what_tells_the_group_alone_does_not_help():
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(40), 10)
    labels = rng.permutation(40)[group] % 2
    features = rng.normal(0, 1, (40, 30))[group] + rng.normal(0, 0.01, (400, 30))
    folds = deal_folds(labels, pl.Series(group), 5)
    grouped = linear_guesses(features, labels, folds, 2).argmax(1) == labels
    mixed = linear_guesses(features, labels, np.arange(400) % 5, 2).argmax(1) == labels
    assert mixed.mean() > 0.8
    assert grouped.mean() < 0.7


def test_a_class_of_one_fold_is_not_guessed():
    labels, folds = np.array([0, 0, 1, 1, 2, 2] * 5), np.array([0, 1, 0, 1, 0, 0] * 5)
    features = np.random.default_rng(2).normal(0, 1, (30, 3))
    p = linear_guesses(features, labels, folds, 3)
    np.testing.assert_array_equal(np.isnan(p).any(1), labels == 2)


def test_a_property_is_judged_with_the_chance_it_has():
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1, 2], 100)
    groups = pl.Series(np.arange(300) // 2)
    telling = (labels == 0).astype(float)[:, None]
    found = predict_class(telling, labels, groups, 4)
    assert (found.recalls[0], found.mistaken[0]) == (1, 0)
    assert found.mistaken[1:3].sum() == pytest.approx(0.5, abs=0.02)
    assert np.isnan(found.recalls[3])
    assert found.balanced_accuracy == pytest.approx(2 / 3, abs=0.02)
    assert found.low > found.by_chance > 1 / 3 - 0.05
    nothing = predict_class(rng.normal(0, 1, (300, 1)), labels, groups, 3)
    assert nothing.low < max(1 / 3, nothing.by_chance)


def test_embeddings_are_cut_to_their_components():
    rng = np.random.default_rng(4)
    flat = rng.normal(0, 1, (50, 3)) @ rng.normal(0, 1, (3, 40))
    found = beside(np.zeros((50, 2), np.float32), flat.astype(np.float32))
    assert found.shape == (50, 42)
    assert np.var(found[:, 2:], axis=0)[3:].max() < 1e-6
