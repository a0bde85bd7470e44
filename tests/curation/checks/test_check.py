import pytest

from buffycoat.curation.checks.catalogue import BUILT_IN
from buffycoat.curation.checks.check import build_check
from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.registry import Choice

assert BUILT_IN, "the import registers them"


def test_limits_of_a_choice_stand_in_for_the_checks_own():
    own = build_check(Choice("dark_or_bright"))
    other = build_check(Choice("dark_or_bright", {"low": 0.1}))
    assert own.limits.low != other.limits.low == 0.1
    assert own.limits.high == other.limits.high
    assert other.said.startswith("Mean brightness")
    assert other.measured == "mean brightness"


def test_unknown_names_and_arguments_are_said():
    with pytest.raises(UnknownNameError, match="did you mean: blurred"):
        build_check(Choice("blured"))
    with pytest.raises(SettingError, match=r"blurred.*not 'sharp'"):
        build_check(Choice("blurred", {"sharp": 1}))
    with pytest.raises(SettingError, match="check 'blurred': low is 'x'"):
        build_check(Choice("blurred", {"low": "x"}))
