import pytest
import torch
from torch import nn

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.models.freezing import apply_freezing, learning_layers
from buffycoat.models.settings import FreezingSettings


def test_nothing_frozen_is_everything_learning(build):
    network = build()
    assert apply_freezing(network, FreezingSettings()) == [n for n, _ in network.named_parameters()]


def test_all_leaves_the_head(build):
    assert apply_freezing(build(), FreezingSettings(freeze_blocks=("all",))) == [
        "head.weight",
        "head.bias",
    ]


def test_named_blocks_and_groups_of_them(build):
    network = build("mobilenetv2_100")
    learns = apply_freezing(network, FreezingSettings(freeze_blocks=("stem", "blocks.1")))
    assert not [n for n in learns if "conv_stem" in n or "blocks.1." in n]
    assert [n for n in learns if "blocks.2." in n]
    learns = apply_freezing(network, FreezingSettings(freeze_blocks=("blocks",)))
    assert {n.split(".")[1] for n in learns} == {
        "conv_stem",
        "bn1",
        "conv_head",
        "bn2",
        "weight",
        "bias",
    }


def test_position_embeddings_freeze_with_the_stem(build):
    network = build("vit_tiny_patch16_224")
    apply_freezing(network, FreezingSettings(freeze_blocks=("stem",)))
    assert not network.backbone.pos_embed.requires_grad
    assert network.backbone.norm.weight.requires_grad


def test_the_first_layers_as_they_are_numbered(build):
    network = build()
    names = [name for name, _ in learning_layers(network)]
    learns = apply_freezing(network, FreezingSettings(freeze_first=3))
    assert names[:3] == ["backbone.stem.0", "backbone.stem.1", "backbone.stage1.conv1"]
    frozen = {n.rpartition(".")[0] for n, p in network.named_parameters() if not p.requires_grad}
    assert frozen == set(names[:3])
    assert "backbone.stage1.norm1.weight" in learns


def test_types_hold_for_what_derives_from_them(build):
    network = build("mobilenetv2_100")
    apply_freezing(network, FreezingSettings(freeze_types=("BatchNorm2d",)))
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert type(norms[0]).__name__ == "BatchNormAct2d"
    assert not any(p.requires_grad for m in norms for p in m.parameters())


def test_frozen_batch_norms_keep_their_statistics(build):
    network = build()
    apply_freezing(network, FreezingSettings(freeze_batch_norm=True))
    before = {n: v.clone() for n, v in network.named_buffers()}
    network.train()(torch.rand(4, 3, 32, 32)).sum().backward()
    assert all(torch.equal(v, before[n]) for n, v in network.named_buffers())
    assert network.backbone.stem[1].weight.grad is None
    assert network.backbone.stem[0].weight.grad is not None


def test_statistics_of_frozen_blocks_rest_and_others_move(build):
    network = build()
    apply_freezing(network, FreezingSettings(freeze_blocks=("stem",)))
    network.train()(torch.rand(4, 3, 32, 32))
    assert network.backbone.stem[1].running_mean.eq(0).all()
    assert network.backbone.stage1.norm1.running_mean.ne(0).any()


def test_a_second_freezing_forgets_the_first(build):
    network = build()
    apply_freezing(network, FreezingSettings(freeze_blocks=("all",)))
    apply_freezing(network, FreezingSettings())
    assert all(p.requires_grad for p in network.parameters())
    assert all(m.training for m in network.train().modules())


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"freeze_blocks": ("stage9",)}, UnknownNameError, "did you mean: stage3, stage2"),
        ({"freeze_types": ("BatchNorm1d",)}, UnknownNameError, "BatchNorm2d"),
        ({"freeze_first": 99}, SettingError, "the network has 17 layers"),
        ({"freeze_blocks": ("all", "head")}, SettingError, "nothing would learn"),
    ],
)
def test_what_is_not_there_is_an_error_that_lists_what_is(build, settings, error, said):
    with pytest.raises(error, match=said):
        apply_freezing(build(), FreezingSettings(**settings))


def test_a_negative_number_is_an_error():
    with pytest.raises(SettingError, match="negative"):
        FreezingSettings(freeze_first=-1)


def test_batch_norms_cannot_rest_where_there_are_none(build):
    with pytest.raises(SettingError, match="backbone has no batch norm"):
        apply_freezing(build(norm="group"), FreezingSettings(freeze_batch_norm=True))
