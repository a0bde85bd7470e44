import hashlib

import pytest

from buffycoat.errors import SettingError, SpaceError, UnknownNameError
from buffycoat.registry import Choice
from buffycoat.search.spaces.catalogue import open_space

OWN = """
from torch import nn
from buffycoat.search.space.choices import ValueChoice
from buffycoat.search.space.layers import Conv2d, Linear

class Net(nn.Sequential):
    def __init__(self, n_classes, most=2):
        width = ValueChoice("width", [4 * n for n in range(1, most + 1)])
        super().__init__(Conv2d(3, width, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         Linear(width, n_classes))

def plain(image_px):
    return nn.Identity()
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(OWN)
    return path


def test_a_space_of_the_users_own_is_had_by_file_and_name(own):
    space, sha256 = open_space(Choice(f"{own}:Net", {"most": 3}), 4, (32, 32))
    assert [d.options for d in space.dimensions] == [(4, 8, 12)]
    assert space.fixed({"width": 12})[-1].out_features == 4
    assert sha256 == hashlib.sha256(own.read_bytes()).hexdigest()


def test_ours_come_without_a_hash_and_with_the_images():
    space, sha256 = open_space(Choice("published"), 4, (60, 80))
    assert sha256 is None
    assert (space.name, space.n_classes, space.image_px) == ("published", 4, (60, 80))


@pytest.mark.parametrize(
    ("name", "arguments", "kind", "said"),
    [
        ("smal", {}, UnknownNameError, "no search space named 'smal'; did you mean: small"),
        ("small", {"width": 3}, SettingError, "search space 'small' takes no arguments"),
        ("{}:Net", {"width": 3}, SettingError, "takes most, not 'width'"),
        ("{}:Nett", {}, SettingError, "no function 'Nett'; its functions are: Net"),
        ("{}:plain", {}, SettingError, "a search space is a function"),
        ("{}:Net", {"most": 1}, SpaceError, "one architecture only"),
        ("nowhere.py:Net", {}, SettingError, "search space file nowhere.py does not exist"),
    ],
)
def test_a_space_that_cannot_be_had_is_refused(own, name, arguments, kind, said):
    with pytest.raises(kind, match=said):
        open_space(Choice(name.format(own), arguments), 4, (32, 32))
