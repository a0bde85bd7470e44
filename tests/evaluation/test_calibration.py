"""Losses, bins and calibration error by hand."""

import numpy as np
import pytest

from buffycoat.evaluation.calibration import LARGEST_LOSS, bin_of, row_losses
from buffycoat.evaluation.evaluate import evaluate_table


def test_losses_by_hand():
    p = np.array([[0.5, 0.3, 0.2], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    found = row_losses(np.array([0, 1, 2]), p)
    assert found["brier"] == pytest.approx([0.25 + 0.09 + 0.04, 0, 2])
    assert found["log_loss"] == pytest.approx([np.log(2), 0, LARGEST_LOSS])


def test_a_bin_holds_its_upper_edge():
    assert bin_of(np.array([0, 1 / 15, 0.07, 0.5, 14 / 15, 0.95, 1])).tolist() == [
        *[0, 0, 1, 7, 13, 14, 14]
    ]


@pytest.fixture
def evaluation(make_table):
    """Three answers at .55 of which one is right, two at .95 of which both are."""
    p = np.array([[0.55, 0.45, 0], [0.45, 0.55, 0], [0.55, 0.45, 0], [0.95, 0.05, 0], [0, 0.95, 0]])
    p[4, 2] = 0.05
    labels = ["basophil", "basophil", "monocyte", "basophil", "monocyte"]
    predicted = ["basophil", "monocyte", "basophil", "basophil", "monocyte"]
    return evaluate_table(make_table(labels, predicted, p=p), n_resamples=50)


def test_calibration_error_by_hand(evaluation):
    expected = 3 / 5 * abs(0.55 - 1 / 3) + 2 / 5 * abs(0.95 - 1)
    assert evaluation.figures["expected_calibration_error"].value == pytest.approx(expected)


def test_brier_by_hand(evaluation):
    right, wrong = 0.45**2 + 0.45**2, 0.55**2 + 0.55**2
    expected = (right + 2 * wrong + 2 * (0.05**2 + 0.05**2)) / 5
    assert evaluation.figures["brier"].value == pytest.approx(expected)


def test_bins_are_listed_where_they_hold_answers(evaluation):
    first, last = evaluation.reliability
    assert (first.n, first.confidence, first.accuracy) == pytest.approx((3, 0.55, 1 / 3))
    assert (last.n, last.confidence, last.accuracy) == pytest.approx((2, 0.95, 1))
    assert (first.low, first.high) == pytest.approx((8 / 15, 9 / 15))
    assert (last.low, last.high) == pytest.approx((14 / 15, 1))
