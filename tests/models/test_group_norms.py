"""A pretrained architecture with group norms: no image's answer depends on others."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from buffycoat.errors import SettingError
from buffycoat.models.group_norms import n_groups, put_group_norms


@pytest.mark.parametrize(
    ("channels", "groups"), [(16, 2), (24, 3), (1280, 160), (12, 3), (6, 3), (7, 1), (1, 1)]
)
def test_groups_divide_the_channels_and_hold_more_than_one(channels, groups):
    assert n_groups(channels) == groups
    assert nn.GroupNorm(groups, channels)(torch.rand(2, channels, 3, 3)).isfinite().all()


def test_a_network_that_timm_refuses_has_them_with_its_weights(build, tmp_path):
    plain = build("mobilenetv2_100")
    save_file(plain.backbone.state_dict(), tmp_path / "w.safetensors")
    weights = tmp_path / "w.safetensors"
    network = build("mobilenetv2_100", norm_layer="groupnorm", weights=weights, seed=1)
    norms = [m for m in network.modules() if isinstance(m, nn.GroupNorm)]
    assert len(norms) == sum(isinstance(m, nn.BatchNorm2d) for m in plain.modules())
    assert {m.num_channels // m.num_groups for m in norms} == {8}
    assert not any(isinstance(m, nn.BatchNorm2d) for m in network.modules())
    assert network.facts["n_weights_left_out"] == 3 * len(norms)  # means, variances, counters
    learned = dict(plain.backbone.named_parameters())
    assert all(torch.equal(p, learned[n]) for n, p in network.backbone.named_parameters())
    images = torch.rand(4, 3, 32, 32) * 255
    alone, together = network(images[:1]), network.train()(images)[:1]
    torch.testing.assert_close(alone, together)


def test_activations_inside_norms_stay(build):
    network = build("mobilenetv2_100", norm_layer="groupnorm")
    acts = [m.act for m in network.modules() if isinstance(m, nn.GroupNorm)]
    assert {type(act).__name__ for act in acts} == {"ReLU6", "Identity"}


def test_scales_stay_what_they_were():
    norm = nn.BatchNorm2d(16)
    norm.weight.data.fill_(0)  # as residual branches begin
    module = nn.Sequential(nn.Conv2d(3, 16, 3), norm, nn.BatchNorm2d(8, affine=False))
    assert put_group_norms(module) == 2
    assert module[1].weight.eq(0).all()
    assert module[2].weight is None


def test_a_network_without_batch_norms_says_why_it_cannot(build):
    with pytest.raises(SettingError, match=r"num_channels \(40\) must be divisible"):
        build("convnext_atto", norm_layer="groupnorm")
