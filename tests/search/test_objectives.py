import time

import pytest
import torch
from torch import nn

from buffycoat.errors import SettingError
from buffycoat.search.objectives import latency_ms, multiply_adds, objectives, parameters


class Sleeping(nn.Module):
    def __init__(self, naps):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.naps, self.shapes = list(naps), []

    def forward(self, images):
        assert not self.training
        assert not torch.is_grad_enabled()
        self.shapes.append(tuple(images.shape))
        time.sleep(self.naps.pop(0))
        return images


def convolution():
    return nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.Flatten(), nn.Linear(64, 5))


def test_the_costs_of_a_convolution_and_a_dense_layer_by_hand():
    network = convolution()
    assert parameters(network, (8, 8)) == 3 * 4 * 9 + 4 + 64 * 5 + 5
    assert multiply_adds(network, (8, 8)) == 3 * 4 * 9 * 16 + 64 * 5


def test_each_leaves_the_mode_as_it_was():
    network = convolution().train()
    for name in objectives:
        assert objectives.get(name)(network, (8, 8)) > 0
        assert network.training


def test_latency_is_the_median_of_what_was_timed():
    network = Sleeping([0.2, 0.01, 0.01, 0.15])
    found = latency_ms(network, (4, 6), batch_size=2, n_passes=3, n_warm=1)
    assert 10 <= found < 100
    assert network.shapes == [(2, 3, 4, 6)] * 4


def test_a_latency_of_no_pass_is_refused():
    with pytest.raises(SettingError, match="n_passes 0"):
        latency_ms(convolution(), (8, 8), n_passes=0)
