"""Curves end where they must, and the area under the drawn one is that of the figure."""

import numpy as np
import pytest
from sklearn import metrics

from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.tables.predictions import probabilities


@pytest.fixture(scope="module")
def evaluated(random_table):
    table = random_table(4, 300)
    return table, evaluate_table(table, n_resamples=20)


def test_roc_curves_rise_from_corner_to_corner_with_the_area_of_the_figure(evaluated):
    _, evaluation = evaluated
    for name, curve in evaluation.roc.items():
        x, y = np.array(curve).T
        assert (curve[0], curve[-1]) == ((0, 0), (1, 1))
        assert (np.diff(x) >= 0).all()
        assert (np.diff(y) >= 0).all()
        assert metrics.auc(x, y) == pytest.approx(evaluation.per_class[name].auc.value)


def test_precision_recall_curves_hold_the_points_of_scikit_learn(evaluated):
    table, evaluation = evaluated
    for c, (name, curve) in enumerate(evaluation.precision_recall.items()):
        is_class = table.frame["label"].to_numpy() == name
        precision, recall, _ = metrics.precision_recall_curve(is_class, probabilities(table)[:, c])
        assert set(curve) <= set(zip(recall, precision, strict=True))
        assert (np.diff([x for x, _ in curve]) >= 0).all()
        assert curve[-1] == pytest.approx((1, precision[0]))


def test_a_long_curve_is_thinned_to_its_shape(make_table):
    rng = np.random.default_rng(0)
    is_second = rng.random(4000) < 0.5
    p = (rng.normal(is_second, 1) + 5) / 11
    labels = np.where(is_second, "monocyte", "basophil").tolist()
    table = make_table(labels, labels, p=np.stack([1 - p, p, 0 * p], axis=1))
    evaluation = evaluate_table(table, n_resamples=5)
    curve = evaluation.roc["monocyte"]
    assert len(curve) <= 200
    assert (curve[0], curve[-1]) == ((0, 0), (1, 1))
    area = metrics.auc(*np.array(curve).T)
    assert area == pytest.approx(evaluation.per_class["monocyte"].auc.value, abs=2e-3)
    assert set(evaluation.roc) == {"monocyte", "basophil"}
