"""Every value against scikit-learn called on the names, or against a sum by hand."""

import numpy as np
import pytest
from sklearn import metrics

from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.tables.predictions import probabilities

SEEDS_AND_GROUPS = [(0, None), (1, None), (2, 25), (3, 7)]


@pytest.fixture(scope="module", params=SEEDS_AND_GROUPS, ids=str)
def evaluated(request, random_table):
    """A table and its evaluation."""
    seed, n_groups = request.param
    table = random_table(seed, 150, n_groups)
    return table, evaluate_table(table, n_resamples=50)


def values(evaluation):
    return {name: figure.value for name, figure in evaluation.figures.items()}


def test_figures_of_answers_are_those_of_scikit_learn(evaluated):
    table, evaluation = evaluated
    y, called = table.frame["label"].to_list(), table.frame["predicted"].to_list()
    macro = {"average": "macro", "zero_division": 0}
    expected = {
        "accuracy": metrics.accuracy_score(y, called),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, called),
        "macro_precision": metrics.precision_score(y, called, **macro),
        "macro_recall": metrics.recall_score(y, called, **macro),
        "macro_f1": metrics.f1_score(y, called, **macro),
        "weighted_f1": metrics.f1_score(y, called, average="weighted"),
        "cohen_kappa": metrics.cohen_kappa_score(y, called),
        "matthews": metrics.matthews_corrcoef(y, called),
    }
    assert {name: values(evaluation)[name] for name in expected} == pytest.approx(expected)


def test_figures_of_probabilities_are_those_of_scikit_learn(evaluated):
    table, evaluation = evaluated
    y, p = table.frame["label"].to_list(), probabilities(table)
    area = {"labels": list(table.classes), "average": "macro"}
    expected = {
        "auc_one_vs_rest": metrics.roc_auc_score(y, p, multi_class="ovr", **area),
        "auc_one_vs_one": metrics.roc_auc_score(y, p, multi_class="ovo", **area),
        "log_loss": metrics.log_loss(y, p, labels=list(table.classes)),
        "brier": ((p - np.eye(3)[[table.classes.index(name) for name in y]]) ** 2).sum(1).mean(),
    }
    assert {name: values(evaluation)[name] for name in expected} == pytest.approx(expected)


def test_figures_of_each_class_are_those_of_scikit_learn(evaluated):
    table, evaluation = evaluated
    y, called = table.frame["label"].to_numpy(), table.frame["predicted"].to_numpy()
    by_class = metrics.precision_recall_fscore_support(y, called, labels=list(table.classes))
    for c, name in enumerate(table.classes):
        found = evaluation.per_class[name]
        auc = metrics.roc_auc_score(y == name, probabilities(table)[:, c])
        got = [found.precision.value, found.recall.value, found.f1.value, found.auc.value]
        assert got == pytest.approx([*[column[c] for column in by_class[:3]], auc])
        assert found.n_images == by_class[3][c]
        groups = table.frame.filter(label=name)["group"]
        assert found.n_groups == (len(groups) if groups[0] is None else groups.n_unique())


def test_a_class_that_is_absent_leaves_the_averages(make_table):
    table = make_table(["basophil", "basophil", "monocyte"], ["basophil", "monocyte", "platelet"])
    found = values(evaluate_table(table, n_resamples=20))
    # Recalls 1/2 and 0, precisions 1 and 0, F1 2/3 and 0, over the two classes that occur.
    assert found["balanced_accuracy"] == found["macro_recall"] == pytest.approx(1 / 4)
    assert found["macro_precision"] == pytest.approx(1 / 2)
    assert found["macro_f1"] == pytest.approx(1 / 3)
    assert found["weighted_f1"] == pytest.approx(2 / 3 * 2 / 3)
