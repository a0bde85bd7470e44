import json

import pytest

from buffycoat.errors import SettingError, SpaceError
from buffycoat.search.export.choices import read_choices, write_choices
from buffycoat.search.space.space import Space
from buffycoat.search.spaces.published import published

CHOSEN = {"conv1": "5x5", "conv2": "3x3", "skip": [0]}


@pytest.fixture
def small():
    return Space(published, n_classes=4, image_px=(60, 80))


@pytest.fixture
def path(small, tmp_path):
    return write_choices(small, CHOSEN, tmp_path / "choices.json", found={"seed": 3})


def changed(path, **values):
    content = {**json.loads(path.read_text()), **values}
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not ...}))
    return path


def test_what_was_written_is_read(path, small):
    choices = read_choices(path, small)
    assert choices.architecture == CHOSEN
    assert (choices.space, choices.n_classes, choices.image_px) == ("published", 4, (60, 80))
    assert choices.found == {"seed": 3}
    assert read_choices(path) == choices


def test_only_the_active_choices_are_written(space, architecture, tmp_path):
    path = write_choices(space, architecture, tmp_path / "choices.json")
    assert json.loads(path.read_text())["architecture"] == space.active(architecture)


def test_an_architecture_of_another_space_is_not_written(small, tmp_path):
    with pytest.raises(SpaceError, match="no option '7x7'"):
        write_choices(small, {**CHOSEN, "conv1": "7x7"}, tmp_path / "choices.json")
    assert not (tmp_path / "choices.json").exists()


def test_choices_of_another_space_are_refused(path, space):
    said = "another space, published of 4 classes and 60 x 80 px: here it is Own of 4 classes"
    with pytest.raises(SpaceError, match=said):
        read_choices(path, space)


def test_choices_for_other_classes_are_refused(path):
    with pytest.raises(SpaceError, match="here it is published of 5 classes"):
        read_choices(path, Space(published, n_classes=5, image_px=(60, 80)))


def test_choices_of_a_space_that_was_changed_since_are_refused(path, small):
    with pytest.raises(SpaceError, match="its choices have changed since"):
        read_choices(changed(path, digest="0" * 64), small)


def test_an_altered_architecture_is_refused(path, small):
    with pytest.raises(SpaceError, match=r"choices\.json: .*says nothing about the choice 'skip'"):
        read_choices(changed(path, architecture={"conv1": "5x5", "conv2": "3x3"}), small)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"format": 0}, "an older format, 0, and this Buffycoat reads format 1: search again"),
        ({"format": 2}, "another format, 2"),
        ({"format": ...}, "another format, None"),
        ({"format": True}, "another format, True"),
        ({"image_px": [60]}, "is damaged"),
        ({"n_classes": ...}, "is damaged"),
        ({"architecture": [1]}, "is damaged"),
        ({"architecture": ...}, "holds no choices of a search"),
    ],
)
def test_a_file_of_another_kind_is_refused(path, values, said):
    with pytest.raises(SettingError, match=said):
        read_choices(changed(path, **values))


def test_a_missing_file_and_no_json_are_refused(tmp_path):
    with pytest.raises(SettingError, match="there is no file of choices"):
        read_choices(tmp_path / "none.json")
    (tmp_path / "text.json").write_text("{")
    with pytest.raises(SettingError, match="is no JSON"):
        read_choices(tmp_path / "text.json")
