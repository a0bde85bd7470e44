import numpy as np
import pytest
from scipy.stats import bootstrap, kendalltau, spearmanr

from buffycoat.errors import SettingError
from buffycoat.search import honesty
from buffycoat.search.honesty import rank_correlation, worth

SCORES = [0.61, 0.55, 0.72, 0.72, 0.40, 0.66, 0.58, 0.49]
REACHED = [0.70, 0.71, 0.74, 0.69, 0.60, 0.70, 0.73, 0.55]


def test_both_correlations_are_scipys_and_by_hand():
    found = rank_correlation(SCORES, REACHED)
    assert found.spearman.value == pytest.approx(spearmanr(SCORES, REACHED).statistic)
    assert found.kendall.value == pytest.approx(kendalltau(SCORES, REACHED).statistic)
    by_hand = rank_correlation([1, 2, 3, 4], [1, 3, 2, 4])
    # One of six pairs is turned round; squared rank differences sum to 2: 1 - 6 * 2 / (4 * 15).
    assert by_hand.kendall.value == pytest.approx((5 - 1) / 6)
    assert by_hand.spearman.value == pytest.approx(0.8)


def test_every_resample_has_the_correlation_that_scipy_finds():
    x, y = np.array(SCORES), np.array(REACHED)
    rng = np.random.default_rng(0)
    drawn = rng.integers(8, size=(20, 8))
    counts = np.array([np.bincount(row, minlength=8) for row in drawn], float).T
    rows = [(x[row], y[row]) for row in drawn]
    expected = [spearmanr(a, b).statistic for a, b in rows]
    assert honesty._spearman(x, y, counts) == pytest.approx(expected)
    expected = [kendalltau(a, b).statistic for a, b in rows]
    assert honesty._kendall(x, y, counts) == pytest.approx(expected)


def test_the_interval_is_near_scipys_bootstrap_and_holds_its_value():
    rng = np.random.default_rng(1)
    x = rng.normal(size=60)
    y = x + rng.normal(size=60)
    found = rank_correlation(x, y).spearman
    theirs = bootstrap(
        (x, y),
        lambda a, b: spearmanr(a, b).statistic,
        paired=True,
        vectorized=False,
        n_resamples=500,
        method="percentile",
        rng=np.random.default_rng(2),
    ).confidence_interval
    assert found.low < found.value < found.high
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.05)


def test_what_cannot_be_told_is_not():
    assert rank_correlation([1, 2], [1, 2]) is None
    assert rank_correlation([1, 2, float("nan"), 3], [1, 2, 3, float("nan")]) is None
    assert rank_correlation([1, 1, 1], [1, 2, 3]) is None
    with pytest.raises(SettingError, match="2 scores and 1 accuracies"):
        rank_correlation([1, 2], [1])


def test_perfect_agreement_of_few_is_not_taken_for_certainty():
    found = rank_correlation([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]).spearman
    assert (found.value, found.high) == pytest.approx((1, 1))
    assert found.low < 0.8


def test_worth_is_a_paired_interval_by_hand():
    found = worth("evolution", [0.83, 0.85, 0.84], [0.80, 0.81, 0.82], minutes=30)
    # Differences .03, .04, .02: mean .03, standard error .01 / sqrt(3), Student's t of 2 is 4.3027.
    reach = 4.302653 * 0.01 / np.sqrt(3)
    assert (found.low, found.high) == pytest.approx((0.03 - reach, 0.03 + reach))
    assert found.is_shown
    assert found.sentence.startswith("evolution was worth its cost: it reached 3.0 points")
    assert "random search in the same 30 minutes" in found.sentence
    # The interval holds the chance of training alone; a reader must not take it for more.
    assert "one search of each, 3 trainings of its choice" in found.sentence


def test_a_search_that_settled_early_is_said_to_have():
    args = ("darts", [0.8, 0.9], [0.7, 0.8])
    whole, early = (worth(*args, minutes=10, needed=needed).sentence for needed in (9.5, 0.5))
    assert "random search in the same 10 minutes" in whole
    assert "random search in 10 minutes, of which darts needed 0.5" in early


def test_equal_differences_of_few_seeds_are_not_taken_for_certainty():
    found = worth("darts", [0.9, 0.8], [0.8, 0.7], minutes=3)
    assert (found.low, found.high, found.is_shown) == (None, None, False)
    assert "with each of 2 seeds" in found.sentence
    assert "cannot be told" in found.sentence
    same = worth("darts", [0.9, 0.8], [0.9, 0.8], minutes=3)
    assert (same.low, same.high) == (0, 0)
    assert "not shown to be worth its cost: it reached the same accuracy as random" in same.sentence
    assert (
        "reached the same accuracy as random search"
        in worth("tpe", [0.9], [0.9], minutes=1).sentence
    )


def test_a_training_that_failed_takes_its_pair_along():
    nan = float("nan")
    found = worth("darts", [0.9, nan, 0.8, 0.9], [0.7, 0.7, 0.7, nan], minutes=3)
    assert (found.n_seeds, found.difference) == (2, pytest.approx(0.15))
    with pytest.raises(SettingError, match="no seed has a result of both"):
        worth("darts", [nan], [0.5], minutes=3)


@pytest.mark.parametrize(
    ("ours", "chance", "said"),
    [
        ([0.80, 0.84, 0.81], [0.82, 0.81, 0.82], "was not shown to be worth its cost"),
        ([0.70, 0.71, 0.70], [0.82, 0.81, 0.82], "was not worth its cost"),
        ([0.9], [0.8], "cannot be told: repeat both"),
    ],
)
def test_a_search_that_was_not_worth_it_is_said_to_be(ours, chance, said):
    found = worth("darts", ours, chance, minutes=5)
    assert said in found.sentence
    assert not found.is_shown
