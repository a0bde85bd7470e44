import numpy as np
import pytest
from scipy.spatial import cKDTree

from buffycoat.curation.outliers import neighbours
from buffycoat.curation.outliers.neighbours import nearest


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(3000, 6)).astype(np.float32)


def test_nearest_are_those_of_a_tree(points):
    apart, rows = nearest(points, 5)
    wanted, at = cKDTree(points).query(points, 6)
    assert apart == pytest.approx(wanted[:, 1:], abs=2e-3)
    assert (rows == at[:, 1:]).mean() > 0.999


def test_many_rows_are_searched_by_cells_and_nearly_all_neighbours_found(points, monkeypatch):
    _, exact = nearest(points, 5)
    monkeypatch.setattr(neighbours, "N_EXACT", 100)
    _, rows = nearest(points, 5)
    found = np.mean([len(set(a) & set(b)) / 5 for a, b in zip(exact, rows, strict=True)])
    assert found > 0.9
    assert not (rows == np.arange(len(rows))[:, None]).any()


def test_a_row_is_not_its_own_neighbour_among_many_twins():
    _, rows = nearest(np.zeros((50, 3), np.float32), 4)
    assert rows.shape == (50, 4)
    assert not (rows == np.arange(50)[:, None]).any()


def test_neighbours_among_other_rows():
    apart, rows = nearest(np.float32([[0.0], [9.0]]), 1, among=np.float32([[1.0], [7.0]]))
    assert apart.ravel().tolist() == [1, 2]
    assert rows.ravel().tolist() == [0, 1]


@pytest.mark.parametrize("n_more", [0, 1])
def test_just_above_the_limit_the_same_neighbours_are_found(points, monkeypatch, n_more):
    monkeypatch.setattr(neighbours, "N_EXACT", 600 - n_more)
    apart, rows = nearest(points[:600], 5)
    wanted, at = cKDTree(points[:600]).query(points[:600], 6)
    assert apart == pytest.approx(wanted[:, 1:], abs=2e-3)
    assert (rows == at[:, 1:]).mean() > 0.999
