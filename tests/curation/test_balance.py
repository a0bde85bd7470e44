"""Counts of classes and groups by hand, and advice that draws as it says."""

from dataclasses import replace

import numpy as np
import pytest

from buffycoat.batches.sampling import class_weights, epoch_order
from buffycoat.curation.balance import find_balance

DRAWS = "What each balancing draws in an epoch"


def test_equal_classes_need_nothing(make_table):
    found = find_balance(make_table(label=["a", "b"] * 10))
    assert found.level == "note"
    assert found.facts["advised"] == "none"
    assert "`--balance none`" in found.said[-1]


@pytest.mark.parametrize(("n", "advised"), [(14, "none"), (15, "class-weights"), (100, "sampling")])
def test_advice_follows_the_ratio(make_table, n, advised):
    found = find_balance(make_table(label=["a"] * n + ["b"] * 10))
    assert found.facts["advised"] == advised
    assert found.facts["ratio"] == n / 10
    assert f"`--balance {advised}`" in found.said[-1]


def test_draws_are_those_that_training_makes(make_table):
    labels = np.repeat([0, 1, 2], [60, 25, 15])
    found = find_balance(make_table(("a", "b", "c"), label=["abc"[i] for i in labels]))
    table = found.tables[DRAWS]
    weights = class_weights(labels, 3)
    assert table["weight: class-weights"].to_list() == pytest.approx(weights.tolist(), abs=1e-3)
    drawn = np.mean(
        [np.bincount(labels[epoch_order(labels, "sampling", (0, i))]) for i in range(300)], axis=0
    )
    assert table["draws: sampling"].to_list() == pytest.approx(drawn.tolist(), rel=0.03)
    assert table["draws: none, class-weights"].to_list() == [60, 25, 15]
    assert "counts 2.2 times in the loss" in found.said[-1]


def test_many_images_of_few_groups_are_serious(photographs):
    split = ["test" if name == "monocyte" else "train" for name in photographs.frame["label"]]
    found = find_balance(
        photographs.stepped(
            "split",
            photographs.frame.with_columns(group=photographs.frame["field"], split=np.array(split)),
        )
    )
    n = split.count("test")
    assert found.level == "serious"
    assert found.said[1].startswith(f"{n:,} images of monocyte in test come from 4 groups, ")
    counts = found.tables["Images and groups by class"]
    assert counts["groups"].to_list() == [13, 6, 4, 48]
    sizes = photographs.frame.filter(photographs.frame["label"] == "monocyte")["field"]
    largest = sizes.value_counts()["count"].max()
    assert counts["share of the largest group"][2] == pytest.approx(largest / n)
    assert "Images and groups by class and split" in found.tables


def test_rows_that_do_not_count(make_table):
    found = find_balance(
        make_table(
            label=["a"] * 12 + ["b"] * 12 + [None] * 5,
            excluded_because=["blank"] * 2 + [None] * 27,
        )
    )
    assert found.facts["n_images"] == 22


def test_a_class_of_two_images_is_named(make_table):
    found = find_balance(make_table(label=["a"] * 40 + ["b"] * 2))
    assert any("Too few images to learn from: b (2)" in said for said in found.said)


def test_one_class(make_table):
    assert find_balance(make_table(label=["a"] * 3)).said == (
        "There are images of 1 class: nothing to balance.",
    )


def test_a_class_that_train_has_not_is_said_first(make_table):
    split = ["train"] * 20 + ["test"] * 10
    labels = ["a", "b"] * 10 + ["c"] * 10
    found = find_balance(make_table(("a", "b", "c"), label=labels, split=split))
    assert found.said[0] == "No image in train is of c: a network cannot learn it."
    assert found.level == "serious"


def test_without_labels_there_is_nothing_to_balance(make_table):
    assert find_balance(make_table(label=[None] * 3)).said[0].startswith("No image has a label")


def test_what_the_finding_of_copies_says_is_not_said_again(photographs):
    frame = photographs.frame.with_columns(group="field", copy_cluster="field")
    by_copies = replace(photographs, frame=frame, group_columns=("copy_cluster",))
    assert "come from 4 groups" in find_balance(by_copies).said[0]
    found = find_balance(by_copies, copies_said=True)
    assert not any("come from" in said for said in found.said)
    assert found.level != "serious"
    by_patients = replace(by_copies, group_columns=("patient", "copy_cluster"))
    assert find_balance(by_patients, copies_said=True).level == "serious"
