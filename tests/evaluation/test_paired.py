from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta
from sklearn import metrics

from buffycoat.evaluation.paired import COMPARED, differences, make_method
from buffycoat.evaluation.selection import Answers

CLASSES = ("basophil", "monocyte", "platelet")


def answers(labels, predicted, groups=None):
    n = len(labels)
    groups = np.arange(n) if groups is None else groups
    ids = [f"s{i}" for i in range(n)]
    return Answers(CLASSES, ids, [None] * n, labels, predicted, groups, None)


def draw(rng, n=300, n_groups=60, accuracy=(0.8, 0.7)):
    """Labels, and two methods whose mistakes come by whole groups more often than not."""
    labels, groups = rng.integers(3, size=n), rng.integers(n_groups, size=n)
    groups = np.unique(groups, return_inverse=True)[1]
    hardness = 0.5 * rng.random(groups.max() + 1)[groups]
    said = []
    for share in accuracy:
        own = 0.5 * rng.random(groups.max() + 1)[groups]
        is_wrong = hardness + own > np.quantile(hardness + own, share)
        said.append(np.where(is_wrong, (labels + 1) % 3, labels))
    return [answers(labels, predicted, groups) for predicted in said]


@pytest.fixture(scope="module")
def two():
    return draw(np.random.default_rng(1))


def test_differences_are_those_of_the_figures(two):
    found = differences(*(make_method([a]) for a in two))
    scores = {
        "accuracy": metrics.accuracy_score,
        "balanced_accuracy": metrics.balanced_accuracy_score,
        "macro_f1": lambda y, p: metrics.f1_score(y, p, average="macro"),
    }
    for name, score in scores.items():
        first, second = (score(a.labels, a.predicted) for a in two)
        assert found[name].value == pytest.approx(first - second)
        assert found[name].low < found[name].value < found[name].high
    recalls = [metrics.recall_score(a.labels, a.predicted, average=None) for a in two]
    for c, name in enumerate(CLASSES):
        assert found[f"recall of {name}"].value == pytest.approx(recalls[0][c] - recalls[1][c])


def test_a_swap_negates_the_difference_and_keeps_p(two):
    first, second = (make_method([a]) for a in two)
    there, back = differences(first, second), differences(second, first)
    for name, found in there.items():
        turned = back[name]
        assert found.value == pytest.approx(-turned.value)
        assert found.low == pytest.approx(-turned.high, abs=1e-9)
        assert found.p == turned.p


def test_identical_answers_differ_by_0_with_p_1(two):
    found = differences(make_method([two[0]]), make_method([two[0]]))
    assert all(f.value == 0 and f.p == 1 and f.low < 0 < f.high for f in found.values())
    assert all(f.n_telling == 0 for f in found.values())


def test_a_paired_interval_is_narrower_than_the_two_intervals_apart():
    rng = np.random.default_rng(2)
    labels = rng.integers(3, size=2000)
    first = np.where(rng.random(2000) < 0.3, (labels + 1) % 3, labels)
    second = np.where(rng.random(2000) < 0.02, (labels + 1) % 3, first)
    methods = [make_method([answers(labels, p)]) for p in (first, second)]
    found = differences(*methods)["accuracy"]
    unpaired = np.sqrt(sum(m.resamples["accuracy"].var() for m in methods))
    assert (found.high - found.low) / 4 < 0.5 * unpaired


def test_groups_that_agree_within_make_the_interval_wider():
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(40), 10)
    labels = np.zeros(400, np.int64)
    wrong = [np.repeat(rng.random(40) < share, 10).astype(np.int64) for share in (0.2, 0.4)]
    by_group = [answers(labels, w, groups) for w in wrong]
    alone = [replace(a, groups=np.arange(400)) for a in by_group]
    wide, narrow = (
        differences(*(make_method([a]) for a in both))["accuracy"] for both in (by_group, alone)
    )
    assert wide.value == pytest.approx(narrow.value)
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert wide.p > narrow.p


def test_replicates_are_averaged_image_by_image(two):
    rng = np.random.default_rng(4)
    other = draw(rng)[0]
    other = replace(other, labels=two[0].labels, groups=two[0].groups)
    both, first, second = (make_method(a) for a in ([two[0], other], [two[0]], [other]))
    for name in COMPARED:
        assert both.value(name) == pytest.approx((first.value(name) + second.value(name)) / 2)
    assert both.right.tolist() == ((first.right + second.right) / 2).tolist()
    assert len(both.replicates["accuracy"]) == 2


def test_95_of_100_intervals_hold_the_true_difference():
    """Groups of images that share hardness; the truth is the mean of very many."""
    held = n_below = 0
    truth = 0.1  # the shares that `draw` makes wrong differ by this in every draw, before groups
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n_groups, size = 40, 5
        rate = rng.beta(2, 2, n_groups)  # of being told apart
        sign = rng.random((n_groups, size))
        first = sign < (rate * 0.2 + truth)[:, None]
        second = sign > 1 - rate[:, None] * 0.2
        labels = np.zeros(n_groups * size, np.int64)
        groups = np.repeat(np.arange(n_groups), size)
        a, b = (answers(labels, 1 - x.ravel().astype(np.int64), groups) for x in (first, second))
        found = differences(*(make_method([x], n_resamples=300, seed=seed) for x in (a, b)))
        held += found["accuracy"].low <= truth <= found["accuracy"].high
        n_below += found["accuracy"].p < 0.05
    assert held >= 52  # 57 expected; fewer than 52 in one of 200 series
    assert n_below > 30


def test_under_no_difference_p_is_small_as_rarely_as_it_says():
    n_small = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        labels = np.zeros(300, np.int64)
        both = [answers(labels, (rng.random(300) < 0.04).astype(np.int64)) for _ in range(2)]
        found = differences(*(make_method([a], n_resamples=300, seed=seed) for a in both))
        n_small += found["accuracy"].p < 0.05
    assert n_small <= 11  # 5 expected; more than 11 in one of 200 series


def test_a_large_group_that_tells_is_not_one_of_many():
    """One slide of 100 images and fifty of 2: half of the images are in the one that tells."""
    groups = np.concatenate([np.zeros(100, np.int64), np.repeat(np.arange(1, 51), 2)])
    labels = np.zeros(200, np.int64)
    said = np.where(np.arange(200) < 40, 1, 0)
    both = (answers(labels, labels, groups), answers(labels, said, groups))
    found = differences(*(make_method([a], n_resamples=100) for a in both))
    n = 200**2 / (100**2 + 50 * 2**2)  # by hand: worth 3.9 groups of one size
    for figure in (found["accuracy"], found["recall of basophil"]):
        assert figure.value == pytest.approx(0.2)
        assert figure.high == pytest.approx(beta.ppf(0.975, n / 2 + 1, n - n / 2))
        assert figure.low == pytest.approx(-beta.ppf(0.975, 1, n))


def test_classes_of_unequal_size_are_worth_their_harmonic_mean_of_images():
    """By hand: 2 classes of 90 and 10 images, each its own group, are worth 4 / (1/90 + 1/10)."""
    labels = np.repeat([0, 1], [90, 10])
    both = (answers(labels, labels), answers(labels, np.where(np.arange(100) == 99, 0, labels)))
    found = differences(*(make_method([a], n_resamples=100) for a in both))["balanced_accuracy"]
    n = 4 / (1 / 90 + 1 / 10)
    assert found.high == pytest.approx(beta.ppf(0.975, n / 20 + 1, n - n / 20))
