import pytest

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.registry import Choice, Registry


def dense(*, widths, dropout=0.0):
    return widths, dropout


@pytest.fixture
def heads():
    registry = Registry("head")
    registry.register(dense)
    return registry


def test_a_second_entry_of_the_same_name_is_refused(heads):
    with pytest.raises(SettingError, match="another head is named 'dense' already"):
        heads.register(dense)


def test_an_unknown_name_lists_the_nearest(heads):
    with pytest.raises(UnknownNameError, match="no head named 'dens'; did you mean: dense"):
        heads.get("dens")


@pytest.mark.parametrize(
    ("n", "ending"), [(13, "x11, x12"), (14, "x10, x11 and 2 more"), (1, "known are: x00")]
)
def test_the_last_of_many_names_is_not_hidden(n, ending):
    said = str(UnknownNameError("head", "q", [f"x{i:02}" for i in range(n)]))
    assert said.endswith(ending)


def test_arguments_are_held_against_the_signature(heads):
    with pytest.raises(SettingError, match="takes widths, dropout, not 'width'"):
        heads.checked(Choice("dense", {"width": 3}))
    assert heads.checked(Choice("dense", {"widths": [3]})) is dense


def test_an_argument_that_is_no_number_is_refused(heads):
    with pytest.raises(SettingError, match="dropout is nan; give a number"):
        heads.checked(Choice("dense", {"dropout": float("nan")}))


def test_a_parameter_that_the_caller_gives_is_not_the_users(heads):
    with pytest.raises(SettingError, match="takes dropout, not 'widths'"):
        heads.checked(Choice("dense", {"widths": [3]}), "widths")


@pytest.mark.parametrize(
    "choice",
    [Choice("light"), Choice("dense", {"widths": [64, 32], "norm": "batch", "dropout": 0.1})],
)
def test_a_choice_reads_back_what_it_writes(choice):
    assert Choice.parse(str(choice)) == choice
    assert Choice.parse(choice.as_toml()) == choice


@pytest.mark.parametrize("text", ["{name = }", "{width = 3}", "{name = 3}", 3, ["light"], None])
def test_a_choice_that_names_nothing_is_refused(text):
    with pytest.raises(SettingError, match="name"):
        Choice.parse(text)
