"""Intervals against scipy, and that they never claim to know what they cannot."""

import numpy as np
import pytest
from scipy.stats import binomtest

from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.evaluation.intervals import BINOMIAL, OVER_GROUPS, binomial_figure, resampled_figure

CLASSES = ("basophil", "monocyte", "platelet")


@pytest.mark.parametrize(("n_right", "n"), [(0, 1), (1, 1), (0, 30), (30, 30), (7, 30), (199, 200)])
def test_the_exact_interval_is_that_of_scipy(n_right, n):
    found = binomial_figure(n_right, n)
    expected = binomtest(n_right, n).proportion_ci(0.95, "exact")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.value == n_right / n


@pytest.mark.parametrize(
    ("n_groups", "tail"),
    # By hand for 10 groups: Student's 2.262 with 9 degrees of freedom, times the root of 10 / 9.
    [(1e6, 0.025), (10, 0.0085), (2, 0), (1.5, 0), (1, 0), (0, 0)],
)
def test_an_interval_is_the_percentiles_of_the_resamples_that_are_defined(n_groups, tail):
    resamples = np.append(np.linspace(0, 1, 1001), [np.nan, np.nan])
    found = resampled_figure(0.5, resamples, n_groups, OVER_GROUPS)
    assert (found.low, found.high) == pytest.approx((tail, 1 - tail), abs=1e-4)
    assert found.method == OVER_GROUPS


@pytest.mark.parametrize(("value", "side"), [(0.01, "low"), (0.99, "high")])
def test_an_interval_holds_its_value_where_resampling_shifts_it(value, side):
    found = resampled_figure(value, np.linspace(0.3, 0.6, 50), 10, OVER_GROUPS)
    assert getattr(found, side) == value


@pytest.mark.parametrize("resamples", [[0.9] * 5, [np.nan] * 5], ids=["same", "undefined"])
def test_resamples_that_say_nothing_give_the_exact_interval_by_groups(resamples):
    found = resampled_figure(1.0, np.array(resamples), 8, OVER_GROUPS)
    expected = binomtest(8, 8).proportion_ci(0.95, "exact")
    assert (found.low, found.high) == pytest.approx((expected.low, 1))
    assert found.method == BINOMIAL


def test_the_exact_interval_is_stretched_over_what_a_figure_can_be():
    found = resampled_figure(0.0, np.zeros(5), 9, OVER_GROUPS, (-1.0, 1.0))
    half = binomial_figure(4.5, 9)
    assert (found.low, found.high) == pytest.approx((2 * half.low - 1, 2 * half.high - 1))


@pytest.mark.parametrize("n_groups", [None, 12], ids=["images", "groups"])
def test_a_perfect_score_is_not_certain(make_table, n_groups):
    labels = list(CLASSES) * 12
    groups = n_groups and [f"g{i // 3}" for i in range(36)]
    table = make_table(labels, labels, groups=groups, p=np.tile(np.eye(3), (12, 1)))
    evaluation = evaluate_table(table, n_resamples=50)
    accuracy = evaluation.figures["accuracy"]
    exact = binomtest(n_groups or 36, n_groups or 36).proportion_ci(0.95, "exact")
    assert accuracy.low == pytest.approx(exact.low)
    assert all(figure.high - figure.low > 0.01 for figure in evaluation.figures.values())


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("n_groups", [None, 5, 30])
def test_every_interval_holds_its_value_within_the_limits_of_the_figure(
    random_table, seed, n_groups
):
    evaluation = evaluate_table(random_table(seed, 60, n_groups), n_resamples=40)
    for row in evaluation.as_rows().iter_rows(named=True):
        assert row["low"] <= row["value"] <= row["high"], row
        least = -1 if row["figure"] in ("cohen_kappa", "matthews") else 0
        assert least <= row["low"], row
        if row["figure"] not in ("log_loss", "brier"):
            assert row["high"] <= 1, row


def test_calibration_error_holds_its_value_where_it_is_nearly_0(make_table):
    # Right as often as said, so that each resample is worse.
    labels = ["basophil", "monocyte"] * 40
    predicted = ["basophil"] * 80
    table = make_table(labels, predicted, p=np.tile([0.5, 0.5, 0.0], (80, 1)))
    found = evaluate_table(table, n_resamples=100).figures["expected_calibration_error"]
    assert found.low == found.value == pytest.approx(0)
    assert found.high > 0.05
