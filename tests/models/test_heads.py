import pytest
import torch

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.models.heads import build_head, heads
from buffycoat.registry import Choice


def kinds(head):
    return [type(layer).__name__ for layer in head]


@pytest.mark.parametrize("name", list(heads))
def test_every_head_gives_logits(name):
    given = {"widths": [6]} if name == "dense" else {}
    head = build_head(Choice(name, given), 5, 3).eval()
    assert head(torch.rand(4, 5)).shape == (4, 3)


def test_neighbours_that_remember_nothing_are_not_trained():
    with pytest.raises(SettingError, match="train with linear"):
        build_head(Choice("neighbours"), 5, 3)(torch.rand(4, 5))


def test_system_2_can_be_written():
    head = build_head(Choice("dense", {"widths": [10], "activation": "none"}), 512, 4)
    assert kinds(head) == ["Linear", "Linear"]
    assert sum(p.numel() for p in head.parameters()) == 512 * 10 + 10 + 10 * 4 + 4


def test_system_4_can_be_written():
    text = (
        '{name = "dense", widths = [512, 256, 128], norm = "batch", norm_first = true, '
        'activation = "leaky_relu", slope = 0.05, dropout = [0.2, 0.1, 0.1, 0.0]}'
    )
    head = build_head(Choice.parse(text), 1408, 8)
    block = ["Dropout", "BatchNorm1d", "Linear", "LeakyReLU"]
    assert kinds(head) == [*block * 3, "Linear"]
    assert [m.p for m in head if isinstance(m, torch.nn.Dropout)] == [0.2, 0.1, 0.1]
    assert [m.num_features for m in head if isinstance(m, torch.nn.BatchNorm1d)] == [1408, 512, 256]
    assert head[3].negative_slope == 0.05


def test_system_5_can_be_written():
    given = {"widths": [1024, 512, 256], "activation": "silu", "dropout": 0.3}
    head = build_head(Choice("dense", given), 2048, 8)
    assert kinds(head) == [*["Linear", "SiLU", "Dropout"] * 3, "Linear"]


def test_norm_stands_after_the_layer_by_default():
    head = build_head(Choice("dense", {"widths": [6], "norm": "layer"}), 5, 3)
    assert kinds(head) == ["Linear", "LayerNorm", "ReLU", "Linear"]
    assert head[1].normalized_shape == (6,)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "widths"),
        ({"widths": [-3]}, r"widths is \[-3\]; it must be a list of whole numbers above 0"),
        ({"widths": [8, 0]}, r"widths is \[8, 0\]"),
        ({"widths": [2.5]}, r"widths is \[2.5\]"),
        ({"widths": 8}, "widths is 8; it must be a list"),
        ({"widths": "8"}, "widths is '8'"),
        ({"widths": [4], "norm": "group"}, "norm is 'group'"),
        ({"widths": [4], "activation": "tanh"}, "activation is 'tanh'"),
        ({"widths": [4], "dropout": [0.1]}, "give 2"),
        ({"widths": [4], "dropout": 1.5}, "dropout"),
        ({"widths": [4], "depth": 2}, "not 'depth'"),
    ],
)
def test_impossible_arguments_are_errors(given, said):
    with pytest.raises(SettingError, match=said):
        build_head(Choice("dense", given), 5, 3)


def test_an_unknown_head_is_an_error():
    with pytest.raises(UnknownNameError, match="there is no head"):
        build_head(Choice("cosine"), 5, 3)
