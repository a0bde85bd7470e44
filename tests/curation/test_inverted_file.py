import faiss
import numpy as np
import pytest
from scipy.spatial import cKDTree

from buffycoat.curation import inverted_file as module
from buffycoat.curation.inverted_file import inverted_file, search_together


@pytest.fixture
def points():
    centres = np.random.default_rng(0).normal(0, 3, (60, 8))
    return (np.repeat(centres, 100, 0) + np.random.default_rng(1).normal(size=(6000, 8))).astype(
        np.float32
    )


def filled(points, n_lists, **given):
    index = inverted_file(points, n_lists, n_searched=8, **given)
    index.add(points)
    return index


def share_found(index, points, k=5):
    _, rows = search_together(index, points, k)
    _, wanted = cKDTree(points).query(points, k)
    return np.mean([len(set(a) & set(b)) / k for a, b in zip(rows, wanted, strict=True)])


@pytest.mark.parametrize("is_short", [False, True])
def test_nearly_all_of_the_nearest_are_found_by_a_tree_of_lists(points, monkeypatch, is_short):
    monkeypatch.setattr(module, "_BRANCHES", 4)
    index = filled(points, 60, is_short=is_short)
    assert 50 < index.nlist < 75
    assert share_found(index, points) > (0.85 if is_short else 0.95)


def test_a_graph_leads_to_the_lists_where_there_are_many(points, monkeypatch):
    compared = share_found(filled(points, 100), points)
    monkeypatch.setattr(module, "_N_COMPARED", 10)
    assert share_found(filled(points, 100), points) > compared - 0.02


def test_the_same_rows_make_the_same_index(points, monkeypatch):
    monkeypatch.setattr(module, "_BRANCHES", 8)
    monkeypatch.setattr(module, "_N_COMPARED", 10)
    one, other = (search_together(filled(points, 100), points, 5) for _ in range(2))
    assert (one[1] == other[1]).all()
    assert (one[0] == other[0]).all()


def test_queries_put_together_get_the_answers_that_each_gets_alone(points):
    index = filled(points, 40)
    apart, rows = search_together(index, points[::7], 4)
    wanted, at = index.search(points[::7], 4)
    assert (rows == at).mean() > 0.999
    assert apart == pytest.approx(wanted, abs=1e-4)


def test_rows_that_are_all_alike_make_one_list():
    index = filled(np.ones((500, 3), np.float32), 300)
    assert (search_together(index, np.ones((2, 3), np.float32), 3)[0] == 0).all()


@pytest.mark.parametrize("n_compared", [10, 4096])
def test_threads_do_not_change_the_answers(points, monkeypatch, n_compared):
    monkeypatch.setattr(module, "_BRANCHES", 8)
    monkeypatch.setattr(module, "_N_COMPARED", n_compared)
    before, found = faiss.omp_get_max_threads(), []
    try:
        for n_threads in (1, 3):
            faiss.omp_set_num_threads(n_threads)
            found.append(search_together(filled(points, 100), points, 5))
    finally:
        faiss.omp_set_num_threads(before)
    assert (found[0][1] == found[1][1]).all()
    assert (found[0][0] == found[1][0]).all()


def test_more_lists_are_asked_for_than_there_are():
    points = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    index = inverted_file(points, 3, n_searched=8)
    index.add(points)
    assert index.nprobe <= 3
    assert (search_together(index, points, 1)[1][:, 0] == np.arange(40)).all()
    assert (search_together(index, points, 50)[1][:, 40:] == -1).all()
