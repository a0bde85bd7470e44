import pytest

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.prediction.bundle.class_ids import number_classes, parse_class_ids


def test_names_may_have_commas_and_spaces():
    assert parse_class_ids("band, young=3,a b=0") == {"band, young": 3, "a b": 0}
    assert parse_class_ids("") == {}


@pytest.mark.parametrize("text", ["a", "a=", "a=-1", "a=x", "a=0;b=1", "a=0,a=1", "=0"])
def test_other_spellings_are_refused(text):
    with pytest.raises(SettingError, match="name=0,name=1"):
        parse_class_ids(text)


def test_the_sources_numbers_come_before_the_order_of_the_classes():
    assert number_classes(["a", "b"], {"a": 7, "b": 2, "c": 9}, {}) == {"a": 7, "b": 2}
    assert number_classes(["a", "b"], {"a": 7}, {}) == {"a": 0, "b": 1}, "not all are known"
    assert number_classes(["a", "b"], {"a": 7, "b": 2}, {"b": 0, "a": 1}) == {"a": 1, "b": 0}


def test_wrong_numbers_are_refused():
    with pytest.raises(UnknownNameError, match="did you mean: monocyte"):
        number_classes(["monocyte"], {}, {"monocytes": 0})
    with pytest.raises(SettingError, match="no number for b, c"):
        number_classes(["a", "b", "c"], {}, {"a": 0})
    with pytest.raises(SettingError, match="the same number"):
        number_classes(["a", "b"], {}, {"a": 0, "b": 0})
