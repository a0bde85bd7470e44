import numpy as np
import pytest

from buffycoat.search.front import pareto_front


def brute(accuracies, costs):
    rows = [(-a, *c) for a, c in zip(accuracies, costs, strict=True)]
    return {
        i
        for i, row in enumerate(rows)
        if not any(
            other != row and all(o <= r for o, r in zip(other, row, strict=True)) for other in rows
        )
    }


@pytest.mark.parametrize("n_costs", [1, 2, 3])
def test_it_holds_what_no_other_beats(n_costs):
    random = np.random.default_rng(n_costs)
    accuracies = random.integers(0, 6, 60) / 6
    costs = random.integers(0, 6, (60, n_costs)).astype(float)
    found = pareto_front(accuracies, costs)
    assert set(found) == brute(accuracies, [tuple(c) for c in costs])
    assert len(found) == len(set(found))
    assert [costs[i, 0] for i in found] == sorted(costs[i, 0] for i in found)


def test_equal_rows_stand_on_it_together():
    assert pareto_front([0.9, 0.9, 0.8], [[2], [2], [2]]) == [0, 1]


def test_a_failed_row_is_never_on_it():
    nan = float("nan")
    assert pareto_front([nan, 0.5, 0.9], [[0], [1], [nan]]) == [1]
    assert pareto_front([], []) == []
