"""Rates by block, weights that are decayed, and optimisers that are refused."""

import pytest
import torch
from torch import nn

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.models.network import Network
from buffycoat.registry import Choice
from buffycoat.training.optimizers import build_optimizer, parameter_groups

RATE = 0.01


def network():
    backbone = nn.Sequential()
    backbone.add_module("first", nn.Conv2d(3, 4, 3))
    backbone.add_module("second", nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)))
    backbone.add_module("flat", nn.Flatten())
    plain = {"mean": (0.0,) * 3, "std": (1.0,) * 3}
    return Network(backbone, nn.Linear(64, 2), **plain, n_features=64, n_classes=2)


def build(name, net=None, **arguments):
    groups = parameter_groups(net or network(), RATE, 0.5)
    return build_optimizer(Choice(name, arguments), groups, RATE)


def test_each_block_towards_the_input_has_a_share_of_the_rate():
    net = network()
    groups = parameter_groups(net, RATE, 0.5)
    rate = {id(p): group["lr"] for group in groups for p in group["params"]}
    parts = (net.head, net.backbone.second, net.backbone.first)
    found = [{rate[id(p)] for p in part.parameters()} for part in parts]
    assert found == [{RATE}, {RATE / 2}, {RATE / 4}]
    assert all(group["highest"] == group["lr"] for group in groups)


def test_what_is_frozen_is_in_no_group():
    net = network()
    net.backbone.requires_grad_(False)
    listed = [p for group in parameter_groups(net, RATE, 0.5) for p in group["params"]]
    assert {id(p) for p in listed} == {id(p) for p in net.head.parameters()}


def test_biases_and_scales_of_norms_are_not_decayed():
    for group in build("adamw", weight_decay=0.1).param_groups:
        n_axes = {p.ndim > 1 for p in group["params"]}
        assert n_axes == {group["weight_decay"] == 0.1}


def test_one_pass_over_all_parameters_where_no_state_was_made_for_another():
    assert all(group["fused"] for group in build("adamw").param_groups)
    assert not any(group["fused"] for group in build("adagrad").param_groups)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "rmsprop", "lion", "adagrad"])
def test_a_step_leads_downhill(name):
    net, images = network(), torch.rand(8, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    optimizer = build(name, net)

    def loss():
        return nn.functional.cross_entropy(net(images), torch.arange(8) % 2)

    before = loss()
    before.backward()
    for group in optimizer.param_groups:
        group["lr"] = 1e-3
    optimizer.step()
    assert float(loss().detach()) < float(before.detach())


def test_optimisers_that_cannot_be_are_refused():
    with pytest.raises(UnknownNameError, match=r"did you mean: .*adamw"):
        build("adamww")
    with pytest.raises(SettingError, match=r"optimizer adamw .*momentun"):
        build("adamw", momentun=0.9)
    for name in ("adahessian", "lookahead_adahessian"):
        with pytest.raises(SettingError, match="second derivatives"):
            build(name)
