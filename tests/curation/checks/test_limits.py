import numpy as np
import pytest

from buffycoat.curation.checks.limits import Limits
from buffycoat.errors import SettingError

ALL = [
    Limits(low=0.004),
    Limits(high=0.02),
    Limits(0.4, 0.92),
    Limits(-1.0, 1.0),
    Limits(low=0.0),
    Limits(high=0.0),
    Limits(low=-3.0),
    Limits(high=-3.0),
    Limits(2.0, 2.0),
]


def test_measures_outside_the_limits_are_flagged_and_those_on_them_not():
    measures = np.array([0.9, 1.0, 1.5, 2.0, 2.1, np.nan])
    assert Limits(1.0, 2.0).flagged(measures).tolist() == [True, False, False, False, True, False]
    assert Limits(high=1.0).flagged(measures).tolist() == [False, False, True, True, True, False]
    assert Limits(low=1.0).flagged(measures).tolist() == [True] + [False] * 5


@pytest.mark.parametrize("limits", ALL, ids=str)
def test_the_score_is_half_on_a_limit_exactly(limits):
    on = [limit for limit in (limits.low, limits.high) if limit is not None]
    assert limits.scores(np.array(on)).tolist() == [0.5] * len(on)


@pytest.mark.parametrize("limits", ALL, ids=str)
def test_scores_rise_with_the_distance_from_what_is_allowed(limits):
    x = np.linspace(-10, 10, 2001)
    scores = limits.scores(x)
    assert ((scores >= 0) & (scores <= 1)).all()
    if limits.high is not None:
        assert (np.diff(scores[x >= limits.high]) > 0).all()
    if limits.low is not None:
        outside = scores[(x <= limits.low) & ((x >= 0) | (limits.low <= 0))]
        assert (np.diff(outside) < 0).all()
    assert ((scores > 0.5) == limits.outside(x)).all()


def test_scores_by_hand():
    assert Limits(high=2.0).scores(np.array([0, 2, 6, -1])).tolist() == [0, 0.5, 0.75, 0]
    assert Limits(low=2.0).scores(np.array([0.0, 2.0, 6.0, -5])).tolist() == [1, 0.5, 0.25, 1]
    assert Limits(-1.0, 1.0).scores(np.array([0.0, 1.0, -3.0])).tolist() == [0, 0.5, 0.75]
    assert Limits(high=-2.0).scores(np.array([0.0, -2.0, -4.0])).tolist() == [0.75, 0.5, 0.25]
    assert np.isnan(Limits(-1.0, 1.0).scores(np.array([np.nan]))[0])


def test_what_most_are_is_not_flagged_where_a_check_says_so():
    grey = np.array([0.0, 0.0, 0.0, 1.0, np.nan])
    withheld = Limits(low=0.5, unless_most=True)
    assert not withheld.flagged(grey).any()
    assert withheld.outside(grey).sum() == 3
    assert Limits(low=0.5).flagged(grey).sum() == 3
    half = np.array([0.0, 0.0, 1.0, 1.0])
    assert withheld.flagged(half).sum() == 2


def test_limits_are_said_in_words():
    assert str(Limits(0.004)) == "below 0.004"
    assert str(Limits(-1.0, 1.0)) == "below -1 or above 1"
    assert Limits(-1.0, 1.0).passed(1.2) == "above 1"
    assert Limits(-1.0, 1.0).passed(-1.2) == "below -1"


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({}, "low, high or both"),
        ({"low": "much"}, "limits are numbers"),
        ({"low": True}, "limits are numbers"),
        ({"high": float("nan")}, "limits are numbers"),
        ({"low": 2, "high": 1}, "nothing lies between"),
    ],
)
def test_impossible_limits_are_refused(limits, said):
    with pytest.raises(SettingError, match=said):
        Limits(**limits)
