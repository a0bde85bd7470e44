from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import polars as pl
import pytest

from buffycoat.curation.groups import derive_groups
from buffycoat.curation.splits.split import SplitSettings, fold_split, split_samples
from buffycoat.errors import BuffycoatWarning, SettingError, SplitError, UnknownNameError


def random_table(make_table, seed, n=400):
    """Rows of three classes with slides, copies and some excluded and unlabelled rows."""
    rng = np.random.default_rng(seed)
    return make_table(
        ("a", "b", "c"),
        label=[None if v == 3 else "abc"[v] for v in rng.choice(4, n, p=[0.5, 0.3, 0.15, 0.05])],
        slide=[str(v) if v < 40 else None for v in rng.integers(0, 60, n)],
        pixels_sha256=[str(v) for v in rng.integers(0, 3000, n)],
        excluded_because=["blurred" if v < 0.05 else None for v in rng.random(n)],
    )


def splits_of(table):
    return dict(table.frame.select("sample_id", "split").iter_rows())


@pytest.mark.parametrize("seed", range(5))
def test_whole_groups_every_usable_row_once_and_shares_near_the_request(make_table, seed):
    table = split_samples(random_table(make_table, seed), SplitSettings(seed=seed))
    assert table.usable.group_by("group").agg(pl.col("split").n_unique())["split"].max() == 1
    assert table.usable["split"].null_count() == 0
    unusable = table.frame.join(table.usable, on="sample_id", how="anti")
    assert len(unusable)
    assert unusable["split"].null_count() == len(unusable)
    for _, rows in table.usable.group_by("label"):
        share = rows["split"].value_counts(normalize=True)
        wanted = {"train": 0.7, "validation": 0.15, "test": 0.15}
        assert dict(share.iter_rows()) == pytest.approx(wanted, abs=0.03)


def test_the_order_of_rows_changes_nothing_and_the_seed_does(make_table):
    table = random_table(make_table, 0)
    turned = replace(table, frame=table.frame.sample(fraction=1, shuffle=True, seed=5))
    settings = SplitSettings(folds=3)
    once, again = split_samples(table, settings), split_samples(turned, settings)
    assert splits_of(once) == splits_of(again)
    assert (
        once.frame.select("sample_id", "fold")
        .sort("sample_id")
        .equals(again.frame.select("sample_id", "fold").sort("sample_id"))
    )
    assert again.frame["sample_id"].to_list() == turned.frame["sample_id"].to_list()
    assert splits_of(split_samples(table, SplitSettings(seed=1))) != splits_of(once)


def test_splitting_again_begins_from_what_the_source_gave(make_table):
    given = ["test"] * 20 + [None] * 180
    table = make_table(label=["a", "b"] * 100, split=given)
    other = split_samples(split_samples(table, SplitSettings(seed=3)), SplitSettings(seed=4))
    assert splits_of(other) == splits_of(split_samples(table, SplitSettings(seed=4)))
    assert other.frame["split_given"].to_list() == given


def test_photographs_with_many_copies_reach_every_split(photographs):
    table = split_samples(photographs)
    groups = table.frame.group_by("label", "split").agg(pl.col("group").n_unique())
    assert len(groups) == 12
    assert groups.filter(pl.col("label") == "monocyte")["group"].sum() == 4


def test_a_given_test_set_is_kept_and_validation_is_cut_from_train(make_table):
    table = make_table(
        label=["a", "b"] * 60,
        slide=[str(i // 4) for i in range(120)],
        split=["test"] * 40 + ["train"] * 80,
    )
    found = split_samples(table).frame["split"]
    assert found[:40].to_list() == ["test"] * 40
    assert found[40:].value_counts(sort=True).rows() == [("train", 68), ("validation", 12)]


def test_training_rows_of_a_tested_group_are_excluded_with_a_reason(make_table):
    table = make_table(
        label=["a", "b"] * 30,
        slide=[str(i // 4) for i in range(60)],
        split=["test"] * 6 + ["train"] * 54,
    )
    with pytest.warns(BuffycoatWarning, match="2 images share a group with the given test set"):
        split = split_samples(table)
    reason = "shares a group with the given test set: slide:1"
    assert split.frame["excluded_because"].to_list() == [None] * 6 + [reason] * 2 + [None] * 52
    assert split.frame["split"][6:8].to_list() == [None, None]
    assert "2 images" in split.notes[0]
    anew = split_samples(split, SplitSettings(keep_given=False))
    assert anew.frame["excluded_because"].null_count() == 60


def test_a_clean_given_validation_is_kept_and_a_crossing_one_is_cut_anew(make_table):
    given = ["train"] * 80 + ["validation"] * 20 + ["test"] * 20
    clean = make_table(label=["a", "b"] * 60, split=given)
    assert split_samples(clean).frame["split"].to_list() == given
    crossing = make_table(
        label=["a", "b"] * 60,
        field=[str(i % 10) if i < 100 else f"t{i}" for i in range(120)],
        split=given,
    )
    with pytest.warns(BuffycoatWarning, match="shares 10 groups with train: it is cut anew"):
        split = split_samples(crossing, SplitSettings(validation=0.2))
    assert split.frame["split"][100:].to_list() == ["test"] * 20
    assert split.usable.group_by("group").agg(pl.col("split").n_unique())["split"].max() == 1


def test_a_given_set_without_a_class_is_said_and_kept(make_table):
    table = make_table(label=["a", "b"] * 30 + ["a"] * 5, split=["train"] * 60 + ["test"] * 5)
    with pytest.warns(BuffycoatWarning, match="The given test set has no image of: b"):
        split = split_samples(table)
    assert split.frame["split"][60:].to_list() == ["test"] * 5


def test_a_class_that_is_only_in_the_given_test_is_refused(make_table):
    table = make_table(label=["a"] * 30 + ["b"] * 5, split=["train"] * 30 + ["test"] * 5)
    with (
        pytest.warns(BuffycoatWarning),
        pytest.raises(SplitError, match=r"class 'b' has no image to train on.*--no-keep-given"),
    ):
        split_samples(table)


def test_folds_hold_every_class_and_each_fold_is_tested_once(make_table):
    settings = SplitSettings(folds=4, validation=0.2)
    table = split_samples(random_table(make_table, 1), settings)
    assert set(table.frame["fold"].drop_nulls()) == {0, 1, 2, 3}
    assert table.usable["fold"].null_count() == 0
    assert splits_of(table) == splits_of(fold_split(table, 0))
    tested = []
    for k in range(4):
        split = fold_split(table, k)
        assert split.usable.group_by("group").agg(pl.col("split").n_unique())["split"].max() == 1
        assert split.usable.group_by("label", "split").len().height == 9
        rest = split.usable.filter(pl.col("split") != "test")["split"]
        assert (rest == "validation").mean() == pytest.approx(0.2, abs=0.02)
        tested += split.usable.filter(pl.col("split") == "test")["sample_id"].to_list()
    assert sorted(tested) == sorted(table.usable["sample_id"])


def test_folds_leave_a_given_test_set_out(make_table):
    table = make_table(label=["a", "b"] * 60, split=["test"] * 20 + ["train"] * 100)
    table = split_samples(table, SplitSettings(folds=5))
    assert table.frame["fold"][:20].null_count() == 20
    assert table.frame["split"][:20].to_list() == ["test"] * 20
    assert set(table.frame["split"][20:]) == {"train", "validation"}
    assert fold_split(table, 4).frame["split"][:20].null_count() == 20


def test_a_row_excluded_after_the_folds_were_made_is_in_no_split(make_table):
    table = split_samples(make_table(label=["a", "b"] * 30), SplitSettings(folds=3))
    reason = pl.when(pl.col("sample_id") == "s0007").then(pl.lit("torn"))
    table = replace(table, frame=table.frame.with_columns(excluded_because=reason))
    assert all(fold_split(table, k).frame["split"][7] is None for k in range(3))


def test_an_unknown_fold_is_refused(make_table):
    table = split_samples(make_table(label=["a", "b"] * 30), SplitSettings(folds=3))
    with pytest.raises(SplitError, match="no fold 3: it has folds 0 to 2"):
        fold_split(table, 3)
    with pytest.raises(SplitError, match="it has no folds"):
        fold_split(split_samples(table), 0)


def test_a_class_with_fewer_groups_than_parts_is_refused_with_the_numbers(make_table):
    table = make_table(label=["a"] * 30 + ["b"] * 9, slide=[str(i) for i in range(30)] + ["x"] * 9)
    said = r"class 'b' has 1 group \(9 images\), but 3 parts \(train, validation, test\) need one"
    with pytest.raises(SplitError, match=said):
        split_samples(table)
    with pytest.raises(SplitError, match=r"leave it out \(--leave-out 'b'\)"):
        split_samples(table, SplitSettings(test=0))
    assert set(split_samples(table, SplitSettings(test=0, validation=0)).frame["split"]) == {
        "train"
    }


def test_more_folds_than_groups_are_refused_with_the_numbers(photographs):
    said = r"class 'monocyte' has 4 groups \(\d+ images\), but 5 parts \(fold 0, .*\) need one"
    with pytest.raises(SplitError, match=said):
        split_samples(photographs, SplitSettings(folds=5))
    assert split_samples(photographs, SplitSettings(folds=4)).frame["fold"].n_unique() == 4


def test_two_folds_of_a_class_with_two_groups_leave_no_validation(make_table):
    table = make_table(label=["a"] * 20 + ["b"] * 2)
    with pytest.raises(SplitError, match=r"class 'b' has 1 group \(1 image\), but 2 parts"):
        split_samples(table, SplitSettings(folds=2))
    assert split_samples(table, SplitSettings(folds=2, validation=0)).frame["fold"].n_unique() == 2


def test_classes_that_share_their_groups_may_be_impossible_to_deal(make_table):
    labels, slides = [], []
    for pair, slide in (("ab", "1"), ("ac", "2"), ("bc", "3"), ("a", "4"), ("b", "5"), ("c", "6")):
        labels += list(pair)
        slides += [slide] * len(pair)
    table = make_table(("a", "b", "c"), label=labels, slide=slides)
    split = split_samples(table)
    assert split.frame.group_by("label", "split").len().height == 9
    hard = make_table(("a", "b"), label=list("abaabb"), slide=["1", "1", "2", "3", "4", "4"])
    with pytest.raises(SplitError, match=r"class 'b' has 2 groups \(3 images\)"):
        split_samples(hard)


def test_a_class_can_be_left_out_and_taken_in_again(make_table):
    table = make_table(("a", "b", "c"), label=["b"] * 2 + ["a", "c"] * 10)
    split = split_samples(table, SplitSettings(leave_out=("b",)))
    assert split.classes == ("a", "c")
    assert (
        split.frame["excluded_because"][:2].to_list() == ["class is left out of the split: b"] * 2
    )
    assert split.frame["split"][:2].null_count() == 2
    again = split_samples(split, SplitSettings(test=0))
    assert set(again.classes) == {"a", "b", "c"}
    assert again.frame["excluded_because"].null_count() == 22
    with pytest.raises(UnknownNameError, match="no class named 'd'"):
        split_samples(table, SplitSettings(leave_out=("d",)))


def test_classes_without_usable_images_leave_the_class_list(make_table):
    table = make_table(("a", "b", "c"), label=["a", "b"] * 10)
    with pytest.warns(BuffycoatWarning, match="no class any more: c"):
        split = split_samples(table)
    assert split.classes == ("a", "b")


@pytest.mark.parametrize(
    ("labels", "said"), [(["a"] * 9, "only images of class 'a'"), ([None] * 9, "no image can be")]
)
def test_fewer_than_two_classes_are_refused(make_table, labels, said):
    with pytest.raises(SplitError, match=said):
        split_samples(make_table(label=labels))


def test_groups_are_derived_where_they_are_missing(make_table):
    table = make_table(label=["a", "b"] * 20, pixels_sha256=[str(i // 2 // 2) for i in range(40)])
    assert splits_of(split_samples(table)) == splits_of(split_samples(derive_groups(table)))


@pytest.mark.parametrize(
    "wrong", [{"test": 1.0}, {"validation": -0.1}, {"folds": 1}, {"folds": -2}, {"seed": -1}]
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(SettingError, match=next(iter(wrong))):
        SplitSettings(**wrong)


def test_the_step_tells_settings_and_counts_as_json(make_table):
    settings = SplitSettings(seed=2)
    step = split_samples(make_table(label=["a", "b"] * 50), settings).steps[-1]
    counts = {"train": 70, "validation": 15, "test": 15}
    told = json.loads(json.dumps(step))
    assert told.pop("n_images") == pytest.approx(counts, abs=1)
    assert told == {"step": "split", **asdict(settings), "leave_out": []}
