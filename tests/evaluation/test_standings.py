"""Settings in order: seed spread by hand, pairing, and who is first."""

import numpy as np
import pytest

from buffycoat.evaluation.pairing import Contender
from buffycoat.evaluation.standings import rank_contenders

LABELS = ["basophil", "monocyte"] * 20


@pytest.fixture
def contender(make_table):
    """A contender whose seeds are wrong about so many of 40 images, from the first on."""

    def contender(name, *n_wrong, groups=None):
        tables = []
        for seed, n in enumerate(n_wrong):
            answers = ["platelet"] * n + LABELS[n:]
            tables.append(make_table(LABELS, answers, groups=groups, run_id=[f"{seed}"] * 40))
        return Contender(name, tuple(tables))

    return contender


def test_the_spread_is_the_standard_deviation_over_seeds(contender):
    found = rank_contenders([contender("a", 4, 8, 6)], "test").rows[0]
    assert found.by_replicate == pytest.approx((0.9, 0.8, 0.85))
    assert found.accuracy.value == pytest.approx(0.85)
    assert found.spread == pytest.approx(0.05)  # of .9, .8, .85 with n - 1
    exact = [(figure.low, figure.high) for figure in found.replicates]
    assert exact[1] == pytest.approx((0.644, 0.909), abs=1e-3)  # 32 of 40, Clopper-Pearson
    assert found.accuracy.low < 0.85 < found.accuracy.high


def test_one_seed_has_no_spread_and_the_exact_interval(contender):
    found = rank_contenders([contender("a", 10)], "test").rows[0]
    assert found.spread is None
    assert found.replicates == (found.accuracy,)
    assert (found.accuracy.low, found.accuracy.high) == pytest.approx((0.588, 0.873), abs=1e-3)


def test_the_interval_is_of_seed_averaged_correctness(contender):
    """By hand: three seeds that agree say no more than one; the images are the sample."""
    groups = [f"g{i}" for i in range(20) for _ in range(2)]
    one = rank_contenders([contender("a", 8, groups=groups)], "test").rows[0].accuracy
    three = rank_contenders([contender("a", 8, 8, 8, groups=groups)], "test").rows[0].accuracy
    assert (three.low, three.high) == pytest.approx((one.low, one.high))
    assert one.method == "bootstrap over groups"


def test_the_best_is_first_and_the_others_are_held_against_it(contender):
    given = [contender("low", 20, 22), contender("high", 1, 3), contender("middle", 6, 8)]
    found = rank_contenders(given, "test")
    assert [row.name for row in found.rows] == ["high", "middle", "low"]
    best, middle, low = found.rows
    assert best.difference is None
    assert middle.difference.value == pytest.approx(-5 / 40)
    assert low.difference.value == pytest.approx(-19 / 40)
    assert low.difference.high < 0
    p = [row.difference.p for row in (middle, low)]
    corrected = [row.difference.p_corrected for row in (middle, low)]
    small, large = np.argsort(p)
    assert corrected[small] == pytest.approx(min(1, 3 * p[small]))  # three pairs: Holm, by hand
    assert corrected[large] == pytest.approx(max(min(1, 1.5 * p[large]), corrected[small]))


def test_settings_that_do_alike_stay_in_the_order_given(contender):
    found = rank_contenders([contender("b", 4), contender("a", 4)], "test")
    assert [row.name for row in found.rows] == ["b", "a"]
