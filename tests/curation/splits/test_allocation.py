from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from buffycoat.curation.splits.allocation import allocate


def deviation(counts, parts, shares):
    """The largest difference between a class share of a part and what it should be."""
    found = np.array([counts[parts == part].sum(0) for part in range(len(shares))])
    return np.abs(found / counts.sum(0) - np.array(shares)[:, None]).max()


def chi_square(counts, parts, shares):
    """The loss over images of each class and all images, written down anew."""
    images = np.hstack([counts, counts.sum(1, keepdims=True)])
    found = np.array([images[parts == part].sum(0) for part in range(len(shares))]) / images.sum(0)
    return sum(((row - share) ** 2).sum() / share for row, share in zip(found, shares, strict=True))


def unequal_groups(seed, n_groups=(75, 27, 16, 159)):
    """Groups of one class each with 16 to 155 images."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.eye(len(n_groups), dtype=int), n_groups, axis=0)
    return rows * rng.integers(16, 156, (len(rows), 1))


@pytest.mark.parametrize("seed", range(3))
def test_unequal_groups_come_within_a_percent_of_their_shares(seed):
    counts, shares = unequal_groups(seed), (0.7, 0.15, 0.15)
    assert deviation(counts, allocate(counts, shares, [seed]), shares) < 0.01


@pytest.mark.parametrize("seed", range(3))
def test_folds_are_nearer_to_equal_than_those_of_scikit_learn(seed):
    counts, k = unequal_groups(seed), 5
    label = np.concatenate([np.repeat(np.arange(4), row) for row in counts])
    group = np.repeat(np.arange(len(counts)), counts.sum(1))
    theirs = np.zeros(len(counts), dtype=int)
    folds = StratifiedGroupKFold(k, shuffle=True, random_state=seed).split(label, label, group)
    for fold, (_, test) in enumerate(folds):
        theirs[group[test]] = fold
    ours = allocate(counts, [1 / k] * k, [seed])
    assert deviation(counts, ours, [1 / k] * k) <= deviation(counts, theirs, [1 / k] * k)


@pytest.mark.parametrize("seed", range(4))
def test_a_small_deal_is_nearly_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    counts, shares = rng.integers(1, 40, (8, 2)), (0.6, 0.2, 0.2)
    deals = (np.array(deal) for deal in product(range(3), repeat=8))
    best = min(chi_square(counts, d, shares) for d in deals if len(set(d)) == 3)
    assert chi_square(counts, allocate(counts, shares, [seed]), shares) < 1.05 * best


def test_a_class_with_as_few_groups_as_parts_is_in_each_of_them():
    counts = unequal_groups(0, n_groups=(3, 40))
    counts[:3, 0] = (500, 20, 10)
    parts = allocate(counts, (0.7, 0.15, 0.15), [0])
    assert sorted(parts[:3]) == [0, 1, 2]
    assert parts[0] == 0, "the largest of the three belongs to train"


def test_patients_with_every_class_are_kept_whole_and_classes_stay_in_every_part():
    counts = np.random.default_rng(0).integers(0, 9, (12, 6)) + np.eye(12, 6, dtype=int)
    parts = allocate(counts, [0.25] * 4, [0])
    assert all((counts[parts == part].sum(0) > 0).all() for part in range(4))
    assert np.bincount(parts).tolist() == [3, 3, 3, 3]


def test_many_single_images_are_dealt_almost_exactly():
    counts = np.repeat(np.eye(2, dtype=int), (1000, 2000), axis=0)
    parts = allocate(counts, (0.7, 0.15, 0.15), [0])
    assert deviation(counts, parts, (0.7, 0.15, 0.15)) <= 0.001


def test_the_seed_decides():
    counts, shares = unequal_groups(0), (0.7, 0.15, 0.15)
    first, again, other = (allocate(counts, shares, [seed]) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
