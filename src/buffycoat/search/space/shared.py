"""The shared network: one set of weights for every architecture of a space."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any

import torch
from torch import nn

from buffycoat.errors import SpaceError, first_line
from buffycoat.search.space.building import Builder
from buffycoat.search.space.combined import Combine
from buffycoat.search.space.inheriting import copy_weights
from buffycoat.search.space.mixing import SharedChoice, SharedInputs, SharedRepeat
from buffycoat.search.space.probabilities import Probabilities
from buffycoat.search.space.space import Space
from buffycoat.search.space.values import Value

__all__ = ["SharedNetwork"]


class _Shared(Builder):
    """Builds everything, each choice as a module that reads its probabilities."""

    def __init__(self, probabilities: Probabilities) -> None:
        super().__init__()
        self._probabilities = probabilities

    def layer(self, name: str, candidates: Mapping[str, Callable[[], nn.Module]]) -> nn.Module:
        """All candidates, weighted."""
        full = self.prefix + name
        built = {o: self.inner(f"{name}.{o}", full, build) for o, build in candidates.items()}
        return SharedChoice(full, built, self._probabilities)

    def inputs(self, name: str, options: Sequence[list[int]], combine: Combine) -> nn.Module:
        """All inputs, weighted."""
        return SharedInputs(self.prefix + name, options, combine, self._probabilities)

    def repeat(
        self, name: str, block: Callable[[int], nn.Module], depths: Sequence[int]
    ) -> nn.Module:
        """The most blocks, with an exit at each depth."""
        full = self.prefix + name
        numbers = range(max(depths))
        blocks = [self.inner(f"{name}.{n}", full, partial(block, n)) for n in numbers]
        return SharedRepeat(full, blocks, depths, self._probabilities)

    def value(self, name: str, options: Sequence[Any]) -> Value:
        """A number with a distribution."""
        full = self.prefix + name
        return Value({full: tuple(options)}, lambda picked: picked[full], self._probabilities)


class SharedNetwork(nn.Module):
    """One network with the weights of every architecture of a space.

    Set the probabilities of the options before each run: a vector that is one-hot (also a
    straight-through sample) computes only its option, with the weights cut to size, and a
    gradient reaches the probability of that option; any other computes the weighted sum, with
    channels as many as the widest option's, those of narrower ones first. What is between the
    layers has to leave a channel of zeros at zero, as ReLU does and a sigmoid does not; otherwise
    channels that are unlikely to be there come through.

    Args:
        space: Where its choices come from.

    Raises:
        SpaceError: for a plain torch layer that was given a searched value; it names the choice.
    """

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.space = space
        self.probabilities = Probabilities(space.dimensions)
        self.network = _built(space, self.probabilities)

    def set(self, probabilities: Mapping[str, torch.Tensor]) -> None:
        """Take these probabilities for the next runs, in place of all before.

        Args:
            probabilities: By choice, a vector as long as its options that adds up to 1; choices
                inside of what is surely not chosen may be left out.

        Raises:
            SpaceError: for an unknown choice, or a vector that is no distribution.
        """
        self.probabilities.set(probabilities)

    def choose(self, architecture: Mapping[str, Any]) -> None:
        """Take one architecture for the next runs.

        Raises:
            SpaceError: for an architecture that is not of this space.
        """
        active = self.space.active(architecture)
        device = next((one.device for one in self.parameters()), None)
        options = {one.name: one.options for one in self.space.dimensions}
        rows = {
            name: [float(o == chosen) for o in options[name]] for name, chosen in active.items()
        }
        self.set({name: torch.tensor(row, device=device) for name, row in rows.items()})

    def forward(self, *inputs: torch.Tensor) -> Any:
        """What the network gives under the probabilities that were set."""
        return self.network(*inputs)

    def inherit(self, architecture: Mapping[str, Any]) -> nn.Module:
        """The plain network of an architecture with a copy of these weights, cut to size.

        Raises:
            SpaceError: for an architecture that is not of this space.
        """
        active = self.space.active(architecture)
        fixed = self.space.fixed(active)
        copy_weights(self.network, fixed, active)
        return fixed.train(self.training)


def _built(space: Space, probabilities: Probabilities) -> nn.Module:
    try:
        network = space.build(_Shared(probabilities))
    except Exception as error:
        blamed = _blamed(error.__traceback__)
        if blamed is not None:
            raise SpaceError(_plain_layer(*blamed)) from error
        if isinstance(error, SpaceError):
            raise
        said = f"the shared network of {space.name} cannot be built"
        raise SpaceError(f"{said}: {first_line(error)}") from error
    for module in network.modules():
        if type(module).__module__.startswith("torch."):
            for value in _values(vars(module).values()):
                raise SpaceError(_plain_layer(value, type(module).__name__))
    return network


def _plain_layer(value: Value, layer: str) -> str:
    said = f"the plain torch layer {layer} was given the choice {value.named}"
    hint = "take the layer of that name from search.space.layers, or a LayerChoice"
    return f"{said}, which a shared network cannot do; {hint}"


def _blamed(trace: TracebackType | None) -> tuple[Value, str] | None:
    """The searched value that a torch layer choked on, and the layer."""
    for frame, _ in traceback.walk_tb(trace):
        module = frame.f_locals.get("self")
        if isinstance(module, nn.Module) and type(module).__module__.startswith("torch."):
            for value in _values(frame.f_locals.values()):
                return value, type(module).__name__
    return None


def _values(found: Iterable[Any]) -> Iterator[Value]:
    for one in found:
        if isinstance(one, Value):
            yield one
        elif isinstance(one, tuple | list):
            yield from _values(one)
