import numpy as np

from buffycoat.evaluation.disagreements import list_disagreements, list_shared_mistakes
from buffycoat.evaluation.selection import Answers

CLASSES = ("a", "b", "c")


def answers(labels, p):
    p, ids = np.array(p), [f"s{i}" for i in range(len(labels))]
    n = len(labels)
    return Answers(CLASSES, ids, ids, np.array(labels), p.argmax(1), np.arange(n), p)


FIRST = answers([0, 0, 0, 0], [[0.9, 0.1, 0], [0.6, 0.3, 0.1], [0.1, 0.9, 0], [1, 0, 0]])
SECOND = answers([0, 0, 0, 0], [[0.4, 0.6, 0], [0.05, 0.05, 0.9], [0.2, 0, 0.8], [1, 0, 0]])


def test_what_both_sides_are_sure_of_comes_first():
    found = list_disagreements([[FIRST], [SECOND]])
    assert [image.sample_id for image in found] == ["s0", "s1"]  # .6 on both; as they stand
    sure = answers([0, 0, 0, 0], [[0.3, 0.7, 0], [0.05, 0.05, 0.9], [0.2, 0, 0.8], [1, 0, 0]])
    other = answers([0, 0, 0, 0], [[0.65, 0.35, 0], [0.7, 0.2, 0.1], [0.1, 0.9, 0], [1, 0, 0]])
    found = list_disagreements([[other], [sure]])
    assert [image.sample_id for image in found] == ["s1", "s0"]
    assert found[0].taken_for == "c"
    assert [a.probability for a in found[0].answers] == [0.7, 0.9]


def test_an_image_wrong_for_all_is_named_by_the_surest_wrong_answer():
    (image,) = list_shared_mistakes([[FIRST], [SECOND]])
    assert (image.sample_id, image.label, image.taken_for) == ("s2", "a", "b")


def test_replicates_answer_together():
    (image, *_) = list_disagreements([[FIRST, SECOND], [SECOND]])
    assert image.sample_id == "s0"
    assert image.answers[0].predicted == "a"
    assert image.answers[0].probability == 0.65
