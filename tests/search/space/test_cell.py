"""What a cell computes, by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from buffycoat.search.space.cell import Cell
from buffycoat.search.space.shared import SharedNetwork
from buffycoat.search.space.space import Space


class Times(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, maps):
        return maps * self.factor


def cell_of(**arguments):
    candidates = {"double": lambda: Times(2), "triple": lambda: Times(3)}
    return Space(lambda: Cell("c", candidates, **arguments), n_classes=2)


def test_each_node_adds_up_its_layers_of_inputs_and_earlier_nodes():
    space = cell_of()
    # Two nodes with two slots: two inputs for the first, three for the second, two layers each.
    assert space.n_architectures == (2 * 2) ** 2 * (3 * 2) ** 2
    architecture = {
        "c.0.0.input": [0],
        "c.0.0.layer": "double",
        "c.0.1.input": [1],
        "c.0.1.layer": "triple",
        "c.1.0.input": [2],
        "c.1.0.layer": "triple",
        "c.1.1.input": [0],
        "c.1.1.layer": "double",
    }
    one, ten = torch.ones(1, 1, 2, 2), torch.full((1, 1, 2, 2), 10.0)
    # First node 2 * 1 + 3 * 10 = 32; second 3 * 32 + 2 * 1 = 98.
    wanted = [32.0, 98.0]
    assert space.fixed(architecture)([one, ten])[0, :, 0, 0].tolist() == wanted
    shared = SharedNetwork(space)
    shared.choose(architecture)
    assert shared([one, ten])[0, :, 0, 0].tolist() == wanted


@pytest.mark.parametrize(("combine", "wanted"), [("sum", [6.0]), ("mean", [2.0])])
def test_nodes_can_be_added_up(combine, wanted):
    space = cell_of(n_nodes=3, n_inputs=1, n_slots=1, combine=combine)
    first = next(space.every())
    # Every node doubles the first input.
    assert set(map(str, first.values())) == {"[0]", "double"}
    assert space.fixed(first)([torch.ones(1, 1, 1, 1)]).flatten().tolist() == wanted
