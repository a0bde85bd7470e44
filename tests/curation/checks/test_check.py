import numpy as np
import pytest

from buffycoat.curation.checks.check import Limits, build_check
from buffycoat.curation.checks.scores import BUILT_IN
from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.registry import Choice

assert BUILT_IN, "the import registers them"


def test_scores_outside_the_limits_are_flagged_and_those_on_them_not():
    scores = np.array([0.9, 1.0, 1.5, 2.0, 2.1, np.nan])
    assert Limits(1.0, 2.0).flagged(scores).tolist() == [True, False, False, False, True, False]
    assert Limits(high=1.0).flagged(scores).tolist() == [False, False, True, True, True, False]


def test_what_most_are_is_not_flagged_where_a_check_says_so():
    grey = np.array([0.0, 0.0, 0.0, 1.0, np.nan])
    assert not Limits(low=0.5, unless_most=True).flagged(grey).any()
    assert Limits(low=0.5).flagged(grey).sum() == 3
    half = np.array([0.0, 0.0, 1.0, 1.0])
    assert Limits(low=0.5, unless_most=True).flagged(half).sum() == 2


def test_limits_are_said_in_words():
    assert str(Limits(0.004)) == "below 0.004"
    assert str(Limits(-1.0, 1.0)) == "below -1 or above 1"


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


def test_limits_of_a_choice_stand_in_for_the_checks_own():
    own, other = build_check(Choice("brightness")), build_check(Choice("brightness", {"low": 0.1}))
    assert own.limits.low != other.limits.low == 0.1
    assert own.limits.high == other.limits.high
    assert other.said.startswith("Mean brightness")


def test_unknown_names_and_arguments_are_said():
    with pytest.raises(UnknownNameError, match="did you mean: blur"):
        build_check(Choice("blurr"))
    with pytest.raises(SettingError, match=r"blur.*not 'sharp'"):
        build_check(Choice("blur", {"sharp": 1}))
    with pytest.raises(SettingError, match="check 'blur': low is 'x'"):
        build_check(Choice("blur", {"low": "x"}))
