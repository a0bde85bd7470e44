import pytest
import timm
import torch
import torchvision
from torch import nn

from buffycoat.models.blocks import named_blocks


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mobilenetv2_100", ["stem", *(f"blocks.{i}" for i in range(7)), "conv_head"]),
        ("resnet18", ["stem", "layer1", "layer2", "layer3", "layer4"]),
        ("convnext_atto", ["stem", *(f"stages.{i}" for i in range(4)), "neck"]),
        ("vit_tiny_patch16_224", ["stem", *(f"blocks.{i}" for i in range(12)), "norm"]),
        ("levit_128s", ["stem", "stages.0", "stages.1", "stages.2"]),
    ],
)
def test_blocks_of_timm(name, expected):
    with torch.device("meta"):
        backbone = timm.create_model(name, num_classes=0)
    blocks = named_blocks(backbone)
    assert list(blocks) == expected
    every = [parameter for names in blocks.values() for parameter in names]
    assert sorted(every) == sorted(name for name, _ in backbone.named_parameters())


def test_blocks_of_torchvision_look_into_the_encoder():
    with torch.device("meta"):
        blocks = named_blocks(torchvision.models.vit_b_32())
    assert list(blocks)[:2] == ["stem", "encoder.layers.encoder_layer_0"]
    assert {"class_token", "conv_proj.weight", "encoder.pos_embedding"} <= set(blocks["stem"])


def test_what_stands_between_stages_joins_under_its_first_name():
    blocks = named_blocks(timm.create_model("mobilenetv2_100", num_classes=0))
    assert blocks["stem"] == ["conv_stem.weight", "bn1.weight", "bn1.bias"]
    assert blocks["conv_head"] == ["conv_head.weight", "bn2.weight", "bn2.bias"]


def test_a_network_without_stages_has_a_block_for_each_child():
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(nn.init.ones_(nn.Linear(1, 1).weight))
            self.first, self.act, self.second = nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)

    blocks = named_blocks(Plain())
    assert list(blocks) == ["first", "second"]
    assert blocks["first"] == ["scale", "first.weight", "first.bias"]


def test_a_backbone_without_parameters_has_no_blocks():
    assert named_blocks(nn.Flatten()) == {}
