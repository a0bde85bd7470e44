import hashlib

import pytest
import torch

from buffycoat.errors import SettingError
from buffycoat.models.saving import load_network, save_network
from buffycoat.models.settings import ModelSettings
from buffycoat.registry import Choice

GOOD = """
from dataclasses import dataclass
from torch import nn

@dataclass
class Width:
    n: int = 4

def tiny(*, n_classes, width=4):
    module = nn.Sequential(nn.Conv2d(3, width, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                           nn.Linear(width, n_classes))
    module.input_mean, module.input_std = (0.1, 0.2, 0.3), (1.0, 1.0, 1.0)
    return module

def sized(*, n_classes, image_px):
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * image_px[0] * image_px[1], n_classes))

def nothing(*, n_classes):
    return None

def failing(*, n_classes):
    raise ValueError("no such thing")

def other(x, y):
    return x

number = 3
"""


@pytest.fixture
def own(tmp_path, build):
    path = tmp_path / "my models.py"
    path.write_text(GOOD)
    return lambda name, **given: build(f"{path}:{name}", **given)


def test_a_function_of_a_file_becomes_a_network(own, tmp_path):
    network = own("tiny", width=6)
    assert network(torch.rand(2, 3, 32, 32)).shape == (2, 3)
    assert network.n_features == 6
    assert network.facts["source"] == "my models.py"
    assert network.facts["sha256"] == hashlib.sha256(GOOD.encode()).hexdigest()
    assert network.facts["weights"] == "none"
    assert network.facts["input"]["mean"] == [0.1, 0.2, 0.3]


def test_it_gets_the_image_size_where_it_takes_one(own):
    assert own("sized").n_features == 3 * 32 * 32


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none", "no function 'none'.*tiny"),
        ("number", "no function 'number'"),
        ("other", "takes no n_classes"),
        ("nothing", "gave NoneType, not a torch module"),
        ("failing", "no such thing"),
    ],
)
def test_mistakes_are_said(own, name, said):
    with pytest.raises(SettingError, match=said):
        own(name)


def test_an_unknown_argument_is_said(own):
    with pytest.raises(SettingError, match="depth"):
        own("tiny", depth=3)


def test_a_missing_or_broken_file_is_said(build, tmp_path):
    with pytest.raises(SettingError, match="does not exist"):
        build(f"{tmp_path}/none.py:tiny")
    (tmp_path / "a.py").write_text("x = 1\ny = x / 0\n")
    with pytest.raises(SettingError, match=r"a\.py, line 2, fails.*ZeroDivisionError"):
        build(f"{tmp_path}/a.py:tiny")
    (tmp_path / "b.py").write_text("x = 1\n\ndef f(:\n")
    with pytest.raises(SettingError, match=r"b\.py, line 3, fails"):
        build(f"{tmp_path}/b.py:f")


ENDINGS = """
from torch import nn

def softmax(*, n_classes):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, n_classes),
                         nn.LogSoftmax(1))

def lazy(*, n_classes):
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(n_classes))
"""


def test_a_file_or_function_that_exits_is_said(build, tmp_path):
    (tmp_path / "a.py").write_text("import sys\n\nsys.exit('enough')\n")
    with pytest.raises(SettingError, match=r"a\.py, line 3, fails: SystemExit\('enough'\)"):
        build(f"{tmp_path}/a.py:tiny")
    (tmp_path / "b.py").write_text("def tiny(*, n_classes):\n    raise SystemExit(3)\n")
    with pytest.raises(SettingError, match=r"tiny fails: SystemExit\(3\)"):
        build(f"{tmp_path}/b.py:tiny")


def test_a_lazy_layer_takes_its_shape_from_the_images(build, tmp_path):
    (tmp_path / "own.py").write_text(ENDINGS)
    settings = ModelSettings(Choice(f"{tmp_path}/own.py:lazy"), "none")
    network = build(f"{tmp_path}/own.py:lazy")
    assert network.head.weight.shape == (3, 3 * 32 * 32)
    assert network.head.weight.requires_grad
    path = save_network(network, tmp_path / "network.safetensors")
    again = load_network(path, settings, 3, image_px=(32, 32))
    assert torch.equal(again.head.weight, network.head.weight)


def test_a_network_that_ends_in_a_softmax_stays_whole(build, tmp_path):
    (tmp_path / "own.py").write_text(ENDINGS)
    network = build(f"{tmp_path}/own.py:softmax")
    shares = network(torch.rand(4, 3, 32, 32)).exp().sum(1)
    torch.testing.assert_close(shares, torch.ones(4))
    assert "head" not in network.blocks()
    assert network.n_features == 3
