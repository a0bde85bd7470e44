"""A space of networks, built from a function with choices inside."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from buffycoat.errors import SpaceError, UnknownNameError, first_line
from buffycoat.search.space.building import Builder, build_in
from buffycoat.search.space.dimension import (
    Architecture,
    Dimension,
    active_part,
    count_all,
    draw_one,
    is_active,
    list_all,
)
from buffycoat.search.space.fixing import Fixed
from buffycoat.search.space.recording import Recording

__all__ = ["Space"]


class Space:
    """All the networks that a function can build, one for each way of making its choices.

    Args:
        function: A class or function that gives a torch module with choices inside; it takes
            images (N, 3, H, W) and gives scores (N, `n_classes`).
        n_classes: C, handed on where the function takes it.
        image_px: Height and width of the images, handed on where the function takes it.
        arguments: More of the function's own.

    Attributes:
        dimensions: The choices, each after the ones around it.

    Raises:
        SpaceError: for a space without choices or with one architecture only, and for choices
            that are written wrongly; it names them. `checked_space` also tries their combinations.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        n_classes: int,
        image_px: tuple[int, int] = (64, 64),
        **arguments: Any,
    ) -> None:
        self.function = function
        self.n_classes = n_classes
        self.image_px = (int(image_px[0]), int(image_px[1]))
        self.arguments = arguments
        self.dimensions: tuple[Dimension, ...] = self._recorded()
        if self.n_architectures < 2:
            said = "has one architecture only" if self.dimensions else "has no choices"
            raise SpaceError(f"the space {self.name} {said}; a search needs two or more")

    @property
    def name(self) -> str:
        """The name of the function."""
        return getattr(self.function, "__name__", type(self.function).__name__)

    @property
    def n_architectures(self) -> int:
        """How many architectures differ, exactly."""
        return count_all(self.dimensions)

    @property
    def digest(self) -> str:
        """SHA-256 of the choices, the images, the classes and the layers of all candidates."""
        facts = {
            "dimensions": [
                [d.name, d.kind, d.options, d.parent and [d.parent.choice, d.parent.options]]
                for d in self.dimensions
            ],
            "n_classes": self.n_classes,
            "image_px": self.image_px,
            "layers": self._layers,
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def active(self, architecture: Mapping[str, Any]) -> Architecture:
        """An architecture without the choices inside what it did not choose.

        Two architectures with the same active part are the same network.

        Raises:
            SpaceError: for a name or an option that the space does not have, or a missing choice.
        """
        known = {dimension.name for dimension in self.dimensions}
        for name in architecture:
            if name not in known:
                raise SpaceError(str(UnknownNameError("choice", name, known)))
        plain = {n: list(o) if isinstance(o, tuple) else o for n, o in architecture.items()}
        part = active_part(self.dimensions, plain)
        for dimension in self.dimensions:
            if is_active(dimension, part):
                _check_chosen(dimension, part)
        return part

    def fixed(self, architecture: Mapping[str, Any]) -> nn.Module:
        """The plain network of an architecture, its weights from torch's global generator.

        Raises:
            SpaceError: for an architecture that is not of this space.
        """
        builder = Fixed(self.active(architecture))
        network = self.build(builder)
        builder.check_asked()
        return network

    def draw(self, rng: np.random.Generator) -> Architecture:
        """An architecture at random: each active choice uniform over its options."""
        return draw_one(self.dimensions, rng)

    def every(self) -> Iterator[Architecture]:
        """Every architecture once, by its active part; the last choice turns fastest."""
        return list_all(self.dimensions, {})

    def build(self, builder: Builder) -> nn.Module:
        """Run the function with its choices built in this way."""
        offered = {"n_classes": self.n_classes, "image_px": self.image_px}
        with build_in(builder):
            module: Any = self.function(**_taken(self.function, offered), **self.arguments)
        if not isinstance(module, nn.Module):
            said = f"gave {type(module).__name__}, not a torch module"
            raise SpaceError(f"the space {self.name} {said}")
        return module

    def _recorded(self) -> tuple[Dimension, ...]:
        recording = Recording()
        try:
            with torch.device("meta"):
                self._layers = recording.described(self.build(recording))
        except SpaceError:
            raise
        except Exception as error:
            raise SpaceError(f"the space {self.name} fails: {first_line(error)}") from error
        return tuple(recording.dimensions.values())


def _taken(function: Callable[..., Any], offered: dict[str, Any]) -> dict[str, Any]:
    """What is offered and the function has a parameter for."""
    parameters = inspect.signature(function).parameters
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values()):
        return offered
    return {name: value for name, value in offered.items() if name in parameters}


def _check_chosen(dimension: Dimension, part: Architecture) -> None:
    if dimension.name not in part:
        raise SpaceError(f"the architecture says nothing about the choice {dimension.name!r}")
    option = part[dimension.name]
    if option not in dimension.options:
        shown = ", ".join(map(repr, dimension.options[:12]))
        raise SpaceError(f"choice {dimension.name!r} has no option {option!r}; it has: {shown}")
