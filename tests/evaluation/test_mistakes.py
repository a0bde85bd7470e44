"""Confusions in the order that they are promised in."""

from collections import Counter

import pytest
from sklearn import metrics

from buffycoat.evaluation.evaluate import evaluate_table


@pytest.fixture(scope="module", params=[None, 9], ids=["images", "groups"])
def evaluated(request, random_table):
    table = random_table(2, 120, request.param)
    return table, evaluate_table(table, n_resamples=20)


def test_the_confusion_matrix_is_that_of_scikit_learn(evaluated):
    table, evaluation = evaluated
    y, called = table.frame["label"].to_list(), table.frame["predicted"].to_list()
    expected = metrics.confusion_matrix(y, called, labels=list(table.classes))
    assert evaluation.confusion == expected.tolist()


def test_mistakes_are_all_wrong_answers_the_most_confident_first(evaluated):
    table, evaluation = evaluated
    rows = table.frame.rows(named=True)
    expected = [
        (-row[f"p_{row['predicted']}"], row["sample_id"], row["path"], row["label"])
        for row in rows
        if row["label"] != row["predicted"]
    ]
    found = [(-m.probability, m.sample_id, m.path, m.label) for m in evaluation.mistakes]
    assert found == sorted(expected)


def test_pairs_are_the_most_frequent_first_with_their_images_and_groups(evaluated):
    table, evaluation = evaluated
    rows = {row["sample_id"]: row for row in table.frame.iter_rows(named=True)}
    expected = Counter(
        (r["label"], r["predicted"]) for r in rows.values() if r["label"] != r["predicted"]
    )
    pairs = evaluation.confused_pairs
    assert {(p.label, p.predicted): p.n_images for p in pairs} == expected
    assert [(-p.n_images, p.label, p.predicted) for p in pairs] == sorted(
        (-p.n_images, p.label, p.predicted) for p in pairs
    )
    for pair in pairs:
        own = [m.sample_id for m in evaluation.mistakes]
        own = [s for s in own if rows[s]["label"] == pair.label]
        assert pair.sample_ids == [s for s in own if rows[s]["predicted"] == pair.predicted]
        groups = {rows[s]["group"] or s for s in pair.sample_ids}
        assert pair.n_groups == len(groups)


def test_without_probabilities_mistakes_stand_by_name(make_table):
    labels = ["monocyte", "basophil", "monocyte", "basophil"]
    table = make_table(labels, ["basophil"] * 3 + ["platelet"], sample_id=["d", "c", "b", "a"])
    found = evaluate_table(table, n_resamples=20).mistakes
    assert [(m.sample_id, m.probability) for m in found] == [("a", None), ("b", None), ("d", None)]
