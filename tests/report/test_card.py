"""What is said of the data, the settings and how to repeat a run."""

from dataclasses import replace

import polars as pl

from buffycoat.report.card import commands, exclusions, flat, origins, split_counts, summary_facts


def test_origins_name_what_a_group_is(evaluation):
    grouped = replace(evaluation, groups_known=True, n_groups=1)
    assert origins(evaluation, []).of_groups == ""
    assert origins(grouped, ["patient"]).of_groups == " from 1 patient"
    several = origins(replace(grouped, n_groups=7), ["patient", "slide"])
    assert several.of_groups == " from 7 groups"
    assert "share a patient or slide" in several.sentence


def test_splits_are_counted_from_the_table_or_else_from_the_run(samples):
    train, validation, test = split_counts(samples, {}, samples.classes)
    assert (test.n_images, test.n_groups, test.by_class) == (30, 30, (10, 10, 10))
    assert (train.n_images, validation.n_images) == (0, 0)
    known = split_counts(None, {"n_images": {"test": 5}, "n_groups": {"test": 2}}, ())
    assert [(row.split, row.n_images, row.n_groups) for row in known] == [("test", 5, 2)]


def test_reasons_are_counted_without_their_details(samples):
    reasons = ["unreadable: a", "unreadable: b", "copy of s3 (kept)"] + [None] * 27
    frame = samples.frame.with_columns(pl.Series("excluded_because", reasons))
    assert exclusions(replace(samples, frame=frame), {}) == [("unreadable", 2), ("copy of s3", 1)]
    assert exclusions(None, {"excluded": {"unreadable: a": 2, "unreadable: b": 1}}) == [
        ("unreadable", 3)
    ]


def test_settings_become_dotted_names():
    nested = {"a": {"b": 1, "c": {}}, "d": [1, 2], "e": None, "f": True}
    assert flat(nested) == [
        ("a.b", "1"),
        ("a.c", "none"),
        ("d", "1, 2"),
        ("e", "none"),
        ("f", "yes"),
    ]


def test_the_training_is_said_in_a_few_lines(facts):
    said = dict(summary_facts(facts))
    assert said["training"] == "1 epoch head alone; 3 epochs all layers"
    assert said["parameters"] == "12,345"
    assert said["image size"] == "96 × 96 pixels, pad"
    assert summary_facts({}) == []


def test_commands_are_safe_to_paste(evaluation, facts):
    odd = replace(evaluation, run_id="my run; rm x", split="validation")
    first, again = commands(odd, facts)
    assert first == "buffycoat evaluate 'my run; rm x' --split validation"
    assert "--like 'my run; rm x' --out 'my run; rm x-again'" in again
    assert commands(evaluation, {}) == ["buffycoat evaluate PREDICTIONS"]
