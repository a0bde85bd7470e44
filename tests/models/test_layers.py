import pytest
import torch

from buffycoat.models.freezing import apply_freezing
from buffycoat.models.layers import list_layers, multiply_adds
from buffycoat.models.settings import FreezingSettings


def test_costs_of_the_searched_network_by_hand(build):
    rows = {layer.name: layer for layer in list_layers(build("searched_cnn", 4), (32, 32))}
    assert rows["backbone.conv1"].multiply_adds == 28 * 28 * 6 * 3 * 25
    assert rows["backbone.conv2"].multiply_adds == 12 * 12 * 16 * 6 * 9
    assert rows["backbone.dense1"].multiply_adds == 256 * 120
    assert rows["head"].multiply_adds == 84 * 4
    assert rows["backbone.conv1"].parameters == 6 * 3 * 25 + 6


@pytest.mark.parametrize(
    "name", ["small_cnn", "mobilenetv2_100", "vit_tiny_patch16_224", "squeezenet1_1"]
)
def test_rows_add_up_to_the_network(build, name):
    network = build(name)
    rows = list_layers(network, (32, 32))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert sum(row.parameters for row in rows) == sum(p.numel() for p in network.parameters())
    assert sum(row.multiply_adds for row in rows) == multiply_adds(network, (32, 32))
    assert list(dict.fromkeys(row.block for row in rows)) == list(network.blocks())


def test_attention_itself_is_counted(build):
    network = build("vit_tiny_patch16_224")
    linear = sum(
        m.in_features * m.out_features * 5
        for n, m in network.backbone.named_modules()
        if isinstance(m, torch.nn.Linear)
    )
    patches = 4 * 192 * 3 * 16 * 16
    attention = 12 * 2 * 5 * 5 * 192
    assert multiply_adds(network, (32, 32)) == linear + patches + attention + 192 * 3


def test_rows_say_what_a_freezing_leaves(build):
    network = build().train()
    apply_freezing(network, FreezingSettings(freeze_blocks=("stem", "stage1")))
    rows = list_layers(network, (32, 32))
    assert {row.block for row in rows if not row.learns} == {"stem", "stage1"}
    assert network.training
