import numpy as np
import pytest
from scipy.stats import binomtest

from buffycoat.evaluation.difference import Telling, bootstrap_p, make_difference

RNG = np.random.default_rng(0)


def of(value, resamples, n, n_groups=1000):
    telling = Telling(n / n_groups, n / n_groups, n, n_groups)
    return make_difference(value, np.asarray(resamples, float), telling, "paired")


@pytest.mark.parametrize("mean", [0.0, 0.5, 1.5, 1.9, 2.1, 3, 5, 40])
@pytest.mark.parametrize("n", [6, 12, 400])
def test_p_is_below_5_percent_just_where_the_interval_leaves_out_0(mean, n):
    found = of(mean / 100, RNG.normal(mean / 100, 0.01, 4000), n)
    assert (found.p < 0.05) == (found.low > 0)
    assert 0 <= found.p <= 1


def test_p_of_many_groups_is_that_of_the_normal_distribution():
    assert bootstrap_p(RNG.normal(2, 1, 200_000), 10**6) == pytest.approx(0.0455, abs=0.002)
    assert bootstrap_p(RNG.normal(9, 1, 200_000), 10**6) < 1e-12
    assert bootstrap_p(RNG.normal(0, 1, 200_000), 10**6) > 0.95


@pytest.mark.parametrize("n", range(1, 12))
def test_p_is_never_below_that_of_a_sign_test(n):
    p = bootstrap_p(RNG.poisson(n, 2000) / 100, n)
    assert p >= binomtest(n, n).pvalue * 0.999
    assert p <= 4 * binomtest(n, n).pvalue + 0.01


def test_few_telling_groups_have_the_exact_bounds_of_either_side():
    telling = Telling(0.04, 0, 4, 100)
    found = make_difference(0.04, RNG.poisson(4, 2000) / 100, telling, "paired")
    assert found.low == pytest.approx(-binomtest(0, 100).proportion_ci(0.95).high)
    assert found.high == pytest.approx(binomtest(4, 100).proportion_ci(0.95).high)
    assert found.p > 0.05


def test_no_telling_group_shows_nothing_but_excludes_large_differences():
    found = of(0, np.zeros(100), 0, 200)
    assert (found.value, found.p, found.low) == (0, 1, -found.high)
    assert found.high == pytest.approx(binomtest(0, 200).proportion_ci(0.95).high)


def test_a_difference_that_no_resample_changes_has_an_exact_interval():
    found = of(-1, np.full(100, -1.0), 50, 50)
    assert (found.low, found.value) == (-1, -1)
    assert found.high == pytest.approx(-binomtest(50, 50).proportion_ci(0.95).low)
