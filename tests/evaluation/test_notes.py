"""Each thing that a reader must know is said, and nothing else."""

import numpy as np

from buffycoat.evaluation.evaluate import evaluate_table

CLASSES = ("basophil", "monocyte", "platelet")


def notes_of(table, about):
    return [note for note in evaluate_table(table, n_resamples=30).notes if about in note]


def test_images_of_unknown_origin_are_said_to_be_treated_as_independent(random_table):
    assert len(notes_of(random_table(0, 40), "treated as independent")) == 1
    assert not notes_of(random_table(0, 40, 20), "treated as independent")


def test_classes_of_few_groups_are_named_with_their_number(make_table):
    labels = ["basophil"] * 10 + ["monocyte"] * 9 + ["platelet"] * 20
    groups = [f"g{i}" for i in range(19)] + ["g0"] * 20
    (note,) = notes_of(make_table(labels, labels, groups=groups), "fewer than 10 groups")
    assert "monocyte (9), platelet (1)" in note
    assert "basophil" not in note


def test_absent_and_never_predicted_classes_are_named(make_table):
    table = make_table(["basophil", "monocyte"], ["basophil", "basophil"])
    assert notes_of(table, "no images of platelet: ")
    assert notes_of(table, "never predicted: monocyte; ")


def test_one_class_among_the_labels_is_said(make_table):
    assert notes_of(make_table(["basophil"] * 3, list(CLASSES)), "all labels are of one class")


def test_answers_against_their_own_probabilities_are_counted(make_table):
    p = np.array([[0.6, 0.4, 0], [0.4, 0.6, 0], [0.5, 0.5, 0]])
    table = make_table(["basophil", "monocyte", "platelet"], ["basophil"] * 3, p=p)
    assert notes_of(table, "1 answers are not the class with the highest probability")
    assert notes_of(table, "1 answers give their label a probability of 0")


def test_a_perfect_score_over_groups_is_said_to_be_binomial(make_table):
    labels = list(CLASSES) * 10
    groups = [f"g{i // 3}" for i in range(30)]
    (note,) = notes_of(make_table(labels, labels, groups=groups), "do not vary between resamples")
    assert note.startswith("accuracy, balanced accuracy, ")
    (note,) = notes_of(make_table(labels, labels), "do not vary between resamples")
    assert note.startswith("balanced accuracy, ")  # accuracy is binomial in any case


def test_healthy_answers_have_nothing_said_of_them(random_table):
    table = random_table(1, 400, 60)
    assert not notes_of(table, "groups")
    assert not notes_of(table, "predicted")
