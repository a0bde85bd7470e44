import numpy as np
import pytest

from buffycoat.curation.outliers.alike import first_alike
from buffycoat.curation.outliers.excess import excess, to_score
from buffycoat.curation.outliers.subspace import distances
from buffycoat.curation.outliers.views import class_view, embedding_view


def test_excess_counts_spreads_of_the_upper_half_of_logarithms():
    usual = np.exp(np.random.default_rng(0).normal(2, 0.5, 20_000))
    found = excess(np.append(usual, np.exp(2 + 0.5 * 8)))
    assert found[-1] == pytest.approx(8, abs=0.3)
    assert to_score(np.array([-3.0, 0.0, 7.0, 1e9]), 7).tolist() == pytest.approx([0, 0, 0.5, 1])


def test_a_tenth_of_odd_rows_moves_little_what_is_usual():
    usual = np.exp(np.random.default_rng(0).normal(2, 0.5, 1000))
    found = excess(np.append(usual, np.full(100, np.exp(2 + 0.5 * 8))))
    assert found[:1000].max() < 3.3  # of a normal distribution, in standard deviations
    assert found[1000:].min() > 5.5


def test_odd_within_the_axes_and_odd_beyond_them_are_told_apart():
    rng = np.random.default_rng(0)
    plane = rng.normal(size=(500, 2)) @ rng.normal(size=(2, 20)) * 10
    rows = plane + rng.normal(0, 0.1, plane.shape)
    rows[0] = rows[1] * 0 + plane[2] / np.linalg.norm(plane[2]) * 600
    rows[3] += rng.normal(0, 3, 20)
    within, beyond = distances(rows.astype(np.float32))
    assert within.argmax() == 0
    assert beyond.argmax() == 3


def test_copies_and_near_copies_are_one_picture_and_others_are_not():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 8)).astype(np.float32)
    rows[50:60] = rows[7]
    rows[60:80] = rows[9] + rng.normal(0, 0.01, (20, 8))
    found = first_alike(rows)
    assert set(found[50:60]) == {7}
    assert set(found[60:80]) == {9}
    assert (np.delete(found, np.s_[50:80]) == np.delete(np.arange(200), np.s_[50:80])).all()


def test_a_row_is_odd_in_its_class_though_not_in_the_set():
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(0, 1, (200, 5)), rng.normal(30, 1, (200, 5))])
    rows = rows.astype(np.float32)
    labels = ["a"] * 200 + ["b"] * 200
    labels[0] = "b"
    labels[1] = None
    view = class_view({"whole": rows, "stain": rows}, labels)
    assert view.score.size == 400
    assert np.nanargmax(view.score) == 0
    assert np.isnan(view.score[1])


def test_a_row_without_neighbours_is_as_odd_as_can_be():
    assert to_score(np.array([np.inf, 7.0]), 7).tolist() == [1, 0.5]


def test_rows_without_features_leave_the_others_judged():
    rng = np.random.default_rng(0)
    rows = np.r_[rng.normal([9, 0, 0], 1, (200, 3)), [[-9, 0, 0], [np.nan] * 3]].astype(np.float32)
    score = embedding_view(rows).score
    assert np.isnan(score).tolist() == [False] * 201 + [True]
    assert np.nanargmax(score) == 200
    assert np.isnan(embedding_view(rows[:20]).score).all()
