"""A resample is what one gets by writing the rows of the drawn groups out."""

import numpy as np
import polars as pl
import pytest

from buffycoat.evaluation.estimates import overall_figures
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.evaluation.intervals import OVER_GROUPS, binomial_figure, resampled_figure
from buffycoat.evaluation.resampling import group_counts, resample
from buffycoat.evaluation.scores import class_scores, overall_scores
from buffycoat.evaluation.selection import Answers, as_answers
from buffycoat.tables.predictions import PredictionTable


def answers_of(table):
    return as_answers(table.frame.sort("sample_id"), table)


def written_out(table, answers, counts):
    """The answers of one resample as rows of their own."""
    rows = np.repeat(np.arange(answers.n_images), counts[answers.groups].astype(int))
    frame = table.frame.sort("sample_id")[rows]
    names = [f"s{i:04d}" for i in range(len(frame))]
    return as_answers(frame.with_columns(pl.Series("sample_id", names)), table)


@pytest.mark.parametrize(("seed", "n_groups"), [(0, None), (1, 6), (2, 40)])
def test_a_resample_is_scored_as_if_its_rows_were_written_out(random_table, seed, n_groups):
    table = random_table(seed, 40, n_groups)
    answers = answers_of(table)
    resamples = resample(answers, 12, seed)
    counts = next(group_counts(answers.n_groups, 12, seed, 12))
    for r in range(12):
        written = written_out(table, answers, counts[:, r])
        found = {name: values[r] for name, values in resamples.items() if values.ndim == 1}
        expected = overall_scores(written)
        assert {name: found[name] for name in expected} == pytest.approx(expected), r
        assert not np.isfinite([found[name] for name in found.keys() - expected.keys()]).any()
        for c, of_class in enumerate(class_scores(written)):
            assert {n: resamples[n][r, c] for n in of_class} == pytest.approx(of_class), r


def test_counts_are_as_many_draws_as_groups_whatever_the_chunk():
    whole = next(group_counts(9, 20, 5, 20))
    assert (whole.sum(0) == 9).all()
    chunks = np.concatenate(list(group_counts(9, 20, 5, 7)), axis=1)
    np.testing.assert_array_equal(whole, chunks)


def test_the_seed_decides_the_intervals_and_the_order_of_the_rows_does_not(random_table):
    table = random_table(3, 120, 20)
    shuffled = PredictionTable(
        table.frame.sample(fraction=1, shuffle=True, seed=9), table.classes, table.facts
    )
    first = evaluate_table(table, n_resamples=60, seed=4)
    assert first == evaluate_table(shuffled, n_resamples=60, seed=4)
    other = evaluate_table(table, n_resamples=60, seed=5)
    assert {n: f.value for n, f in first.figures.items()} == {
        n: f.value for n, f in other.figures.items()
    }
    assert first.figures["accuracy"] != other.figures["accuracy"]


TRUTH, REPETITIONS = 0.8, 200


def answers_in_groups(is_right, groups):
    """Answers of one class, right or wrong."""
    ids, n = np.unique(groups, return_inverse=True)[1], len(is_right)
    wrong = (~is_right).astype(np.int64)
    names = [f"s{i}" for i in range(n)]
    return Answers(("basophil", "monocyte"), names, names, np.zeros(n, np.int64), wrong, ids, None)


@pytest.mark.parametrize(("n_groups", "size"), [(15, 10), (40, 5)])
def test_95_of_100_intervals_over_groups_hold_the_truth_and_those_over_images_do_not(
    n_groups, size
):
    rng = np.random.default_rng(0)
    groups, n = np.repeat(np.arange(n_groups), size), n_groups * size
    held, held_by_images, wider = 0, 0, 0
    for seed in range(REPETITIONS):
        # Images of a group are mostly all right or all wrong; 80% right in the long run.
        of_group, own = (rng.random(n_groups) < TRUTH)[groups], rng.random(n) < TRUTH
        is_right = np.where(rng.random(n) < 0.9, of_group, own)
        drawn = resample(answers_in_groups(is_right, groups), 400, seed)["accuracy"]
        by_group = resampled_figure(is_right.mean(), drawn, n_groups, OVER_GROUPS)
        by_image = binomial_figure(int(is_right.sum()), n)
        wider += by_group.high - by_group.low > by_image.high - by_image.low
        held += by_group.low <= TRUTH <= by_group.high
        held_by_images += by_image.low <= TRUTH <= by_image.high
    assert held / REPETITIONS == pytest.approx(0.95, abs=0.04)
    assert held_by_images / REPETITIONS < 0.75
    assert wider / REPETITIONS > 0.95


def test_95_of_100_intervals_over_images_hold_the_truth_of_independent_images():
    rng = np.random.default_rng(1)
    held = 0
    for seed in range(REPETITIONS):
        answers = answers_in_groups(rng.random(200) < TRUTH, np.arange(200))
        found = overall_figures(answers, resample(answers, 2, seed))["accuracy"]
        held += found.low <= TRUTH <= found.high
    assert held / REPETITIONS == pytest.approx(0.95, abs=0.04)
