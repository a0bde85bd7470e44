"""Sentences that must follow from the numbers."""

from dataclasses import replace

import pytest

from buffycoat.evaluation.figures import Figure, ReliabilityBin
from buffycoat.report.verdict import accuracy_in_words, find, weakest_class


def said(evaluation, title, **kwargs):
    found = {finding.title: finding.text for finding in find(evaluation, **kwargs)}
    return found.get(title)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.979, 0.989, "Of 100 cells like these, about 98 to 99 are named right."),
        (0.881, 0.884, "Of 100 cells like these, about 88 are named right."),
        (0.9931, 0.9983, "Of 1,000 cells like these, about 993 to 998 are named right."),
    ],
)
def test_accuracy_is_said_in_cells(low, high, words):
    assert accuracy_in_words(Figure((low + high) / 2, low, high, "exact binomial")) == words


def test_the_weakest_class_is_the_one_with_the_lowest_f1(evaluation):
    assert weakest_class(evaluation) == "blast"
    text = said(evaluation, "Weakest class")
    assert text.startswith("blast: 80.0% of its cells are found (70.0 to 90.0)")
    assert "88.9% of the answers “blast” are right" in text


def test_equal_classes_have_no_weakest(evaluation):
    same = dict.fromkeys(evaluation.classes, evaluation.per_class["blast"])
    assert weakest_class(replace(evaluation, per_class=same)) is None


@pytest.mark.parametrize(
    ("low", "high", "title"),
    [
        (0.61, 0.70, "Not shown to be better"),
        (0.63, 0.70, "Better than guessing"),
        (0.50, 0.57, "Worse than a simple answer"),
    ],
)
def test_it_is_held_against_the_best_baseline(evaluation, low, high, title):
    figures = {"accuracy": Figure((low + high) / 2, low, high, "exact binomial")}
    text = said(replace(evaluation, figures=figures), title)
    assert "“linear model on colour”: 60.0% (58.0 to 62.0)" in text


def test_the_most_frequent_mistake_is_read_from_label_to_answer(evaluation):
    text = said(evaluation, "Most frequent mistake")
    assert text == "blast called monocyte: 2 of 10 images (20.0%)."
    right = replace(evaluation, confusion=[[10, 0, 0], [0, 10, 0], [0, 0, 10]])
    assert said(right, "Mistakes") == "Not one image of this split was named wrong."


@pytest.mark.parametrize(
    ("confidence", "accuracy", "words"),
    [(0.99, 0.9, "over-confident"), (0.8, 0.9, "under-confident"), (0.91, 0.9, "as it is")],
)
def test_confidence_is_compared_with_what_is_right(evaluation, confidence, accuracy, words):
    bins = [ReliabilityBin(0.8, 1.0, 30, confidence, accuracy)]
    assert words in said(replace(evaluation, reliability=bins), "Confidence")


def test_a_wide_interval_is_said_with_the_size_of_the_class(evaluation):
    text = said(evaluation, "Too few images to be sure")
    assert "blast (10 images, recall 70.0 to 90.0%)" in text
    grouped = replace(evaluation, groups_known=True)
    assert "10 images of 10 groups" in said(grouped, "Too few groups to be sure")


def test_failed_images_and_a_better_validation_are_said(evaluation):
    better = Figure(0.99, 0.98, 0.999, "exact binomial")
    validation = replace(evaluation, split="validation", figures={"accuracy": better})
    text = said(evaluation, "Unseen images", validation=validation)
    assert "99.0% (98.0 to 99.9)" in text
    assert "The test split is harder" in text
    assert "4 images" in said(replace(evaluation, n_failed=4), "Not in the figures")
