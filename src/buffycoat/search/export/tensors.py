"""The tensors that a network uses of its own, and the shapes of its results."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import torch
from torch import fx, nn

from buffycoat.errors import SettingError
from buffycoat.search.export.program import Weight

__all__ = ["describe_weights", "result_shapes"]

_MOST_VALUES = 64


def describe_weights(network: nn.Module, paths: Iterable[str]) -> dict[str, Weight]:
    """The parameters and buffers at these paths, as they are before training.

    Raises:
        SettingError: for one that cannot be written as a few numbers.
    """
    kept = network.state_dict()
    return {path: _weight(operator.attrgetter(path)(network), path, path in kept) for path in paths}


def _weight(tensor: Any, path: str, is_kept: bool) -> Weight:
    if not isinstance(tensor, torch.Tensor) or not tensor.dtype.is_floating_point:
        raise SettingError(f"{path} of the network is no tensor of real numbers")
    values = tensor.detach().flatten().tolist()
    is_parameter = isinstance(tensor, nn.Parameter)
    if len(set(values)) <= 1:
        values = values[:1]
    elif is_parameter or len(values) > _MOST_VALUES:
        said = f"{path} is a tensor of the space's own whose first values differ"
        raise SettingError(f"{said}: put it into a layer of torch, or begin with one number")
    return Weight(tuple(tensor.shape), tuple(values), is_parameter, is_kept)


class _Measured(fx.Interpreter):
    """Runs a graph once and keeps the shape of each result."""

    def __init__(self, network: nn.Module, graph: fx.Graph) -> None:
        super().__init__(network, graph=graph)
        self.shapes: dict[str, tuple[int, ...]] = {}

    def run_node(self, n: fx.Node) -> Any:
        found = super().run_node(n)
        if isinstance(found, torch.Tensor):
            self.shapes[n.name] = tuple(found.shape[1:])
        return found


def result_shapes(
    network: nn.Module, graph: fx.Graph, image_px: tuple[int, int]
) -> dict[str, tuple[int, ...]]:
    """The shape of each node's result for one image, by the node's name; tensors alone."""
    measured = _Measured(network, graph)
    with torch.no_grad():
        measured.run(torch.zeros(1, 3, *image_px))
    return measured.shapes
