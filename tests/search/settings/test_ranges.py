"""What `--vary` gives a search, read, drawn and refused."""

import pytest
from optuna.trial import FixedTrial

from buffycoat.errors import SettingError
from buffycoat.registry import Choice
from buffycoat.search.settings.functions import drawn_settings
from buffycoat.search.settings.ranges import parse_range, parse_ranges
from buffycoat.training.settings import TrainSettings


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("learning_rate=log(1e-4,1e-2)", "learning.learning_rate", "log(0.0001, 0.01)"),
        ("learning-rate = log( 1e-4 , 1e-2 )", "learning.learning_rate", "log(0.0001, 0.01)"),
        ("augmentation.brightness=uniform(0,.2)", "augmentation.brightness", "uniform(0, 0.2)"),
        ("curriculum=uniform(0,1,.25)", "curriculum", "uniform(0, 1, 0.25)"),
        ("batch_size=int(16,128,log)", "learning.batch_size", "int(16, 128, log)"),
        ("epochs=int(2,8,2)", "learning.epochs", "int(2, 8, 2)"),
        ("model=small_cnn,resnet18", "network.model", "small_cnn, resnet18"),
        ("l2=uniform(.1234567,.1234568)", "learning.l2", "uniform(0.1234567, 0.1234568)"),
    ],
)
def test_ranges_are_read(text, name, said):
    found = parse_range(text)
    assert (found.name, str(found)) == (name, said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("learning_rate=log(0,1)", "must begin above 0"),
        ("learning_rate=uniform(1,0)", "first number must be below the second"),
        ("learning_rate=log(1)", "write log(LOW, HIGH)"),
        ("learning_rate=log(1,2,3)", "write log(LOW, HIGH)"),
        ("learning_rate=log(a,b)", "write log(LOW, HIGH)"),
        ("learning_rate=uniform(0,inf)", "write log(LOW, HIGH)"),
        ("learning_rate=uniform(0,1,2)", "the step must be above 0 and fit"),
        ("batch_size=log(16,128)", "a whole number; write batch_size=int"),
        ("batch_size=int(1.5,3)", "int takes whole numbers"),
        ("model=log(1,2)", "it is no number; list its values"),
        ("lerning_rate=log(1,2)", "did you mean: "),
        ("epochs=1,1", "given twice"),
    ],
)
def test_what_is_no_range_is_refused(text, said):
    with pytest.raises(SettingError) as error:
        parse_range(text)
    assert said in str(error.value)


def test_a_setting_cannot_be_varied_twice():
    with pytest.raises(SettingError, match="learning_rate is varied twice"):
        parse_ranges(["learning_rate=log(1,2)", "learning_rate=1,2"])


def test_drawn_values_are_put_in_a_choice_before_its_arguments():
    ranges = parse_ranges(
        ["augmentation.brightness=uniform(0,.2)", "augmentation=none,light", "batch_size=int(1,9)"]
    )
    told = {"augmentation.brightness": 0.1, "augmentation": "light", "learning.batch_size": 7}
    found = drawn_settings(FixedTrial(told), TrainSettings(), Choice("none"), ranges)
    assert found.augmentation == Choice("light", {"brightness": 0.1})
    assert found.learning.batch_size == 7
