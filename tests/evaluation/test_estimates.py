"""Which interval each figure gets, and how many groups it rests on."""

import pytest
from scipy.stats import binomtest

from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.evaluation.intervals import BINOMIAL, OVER_GROUPS, OVER_IMAGES


def exact(n_right, n):
    interval = binomtest(n_right, n).proportion_ci(0.95, "exact")
    return pytest.approx((interval.low, interval.high))


def bounds(figure):
    return figure.low, figure.high


def test_accuracy_and_recall_of_independent_images_are_exact(random_table):
    table = random_table(0, 80)
    evaluation = evaluate_table(table, n_resamples=30)
    is_right = table.frame["label"] == table.frame["predicted"]
    assert bounds(evaluation.figures["accuracy"]) == exact(is_right.sum(), 80)
    for name, of_class in evaluation.per_class.items():
        own = table.frame["label"] == name
        assert bounds(of_class.recall) == exact((is_right & own).sum(), own.sum())
        assert of_class.recall.method == BINOMIAL
        assert of_class.precision.method == of_class.f1.method == OVER_IMAGES


def test_figures_of_grouped_images_are_resampled(random_table):
    evaluation = evaluate_table(random_table(0, 80, 20), n_resamples=30)
    assert {figure.method for figure in evaluation.figures.values()} == {OVER_GROUPS}


def test_perfect_precision_rests_on_the_groups_in_which_the_class_is_predicted(make_table):
    # Basophils of 6 groups, recognised in 2 of them, and never named wrongly.
    labels = ["basophil"] * 6 + ["monocyte"] * 6
    predicted = ["basophil"] * 2 + ["monocyte"] * 10
    groups = [f"g{i}" for i in range(6)] * 2
    table = make_table(labels, predicted, groups=groups)
    of_class = evaluate_table(table, n_resamples=200).per_class["basophil"]
    assert bounds(of_class.precision) == exact(2, 2)
    assert of_class.recall.method == OVER_GROUPS


def test_a_perfect_average_is_worth_its_smallest_class(make_table):
    # One group against 9: the variance of the mean of two proportions is that of 3.6 trials.
    labels = ["basophil"] * 9 + ["monocyte"]
    groups = [f"g{i}" for i in range(9)] + ["g0"]
    evaluation = evaluate_table(make_table(labels, labels, groups=groups), n_resamples=30)
    assert evaluation.figures["accuracy"].low == pytest.approx(0.025 ** (1 / 9))
    assert evaluation.figures["balanced_accuracy"].low == pytest.approx(0.025 ** (1 / 3.6))
