"""What a network computes, step by step, as plain values that two builds can be compared by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

__all__ = [
    "INFIX",
    "Classes",
    "Layer",
    "Program",
    "Ref",
    "Step",
    "Training",
    "Weight",
    "merge",
    "put_in",
]

INFIX = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
}


@dataclass(frozen=True)
class Ref:
    """The result of an earlier step."""

    step: int
    """Its place among the steps, from 0."""


@dataclass(frozen=True)
class Training:
    """Whether the network is in training mode."""


@dataclass(frozen=True)
class Classes:
    """A number that follows the number of classes: factor x n_classes + offset."""

    factor: int
    offset: int

    def at(self, n_classes: int) -> int:
        """The number for so many classes."""
        return self.factor * n_classes + self.offset


@dataclass(frozen=True)
class Layer:
    """A torch layer, as the call that makes it."""

    type: str
    """Its name in torch.nn."""
    arguments: tuple[tuple[str, Any], ...]
    """Name and value of each argument that is not the default; required ones first."""
    n_required: int
    """How many of them are required."""
    constants: tuple[tuple[str, float], ...] = ()
    """Parameters whose first values are one number that torch would not give: name and number."""


@dataclass(frozen=True)
class Weight:
    """A tensor of the network itself: a parameter, or a buffer."""

    shape: tuple[int, ...]
    values: tuple[float, ...]
    """One number where all are alike, else all of them in order."""
    is_parameter: bool
    is_kept: bool
    """Whether it is among the saved weights."""


@dataclass(frozen=True)
class Step:
    """One line of the computation."""

    kind: Literal["input", "layer", "weight", "function", "method", "output"]
    target: str
    """The layer's or weight's path, or the name of the function or method."""
    inputs: tuple[Any, ...] = ()
    """Values, with a Ref for the result of another step."""
    named: tuple[tuple[str, Any], ...] = ()
    """The same for arguments given by name."""
    shape: tuple[int, ...] | None = field(default=None, compare=False)
    """Shape of the result for one image, where it was computed."""

    def sources(self) -> list[int]:
        """The steps whose results it takes."""
        found: list[int] = []
        _walk((self.inputs, self.named), lambda v: found.append(v.step), Ref)
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Program:
    """The steps from the input to the output, with the layers and weights that they use."""

    steps: tuple[Step, ...]
    layers: Mapping[str, Layer]
    """By path, in the order of first use."""
    weights: Mapping[str, Weight]


def _walk(value: Any, visit: Callable[[Any], object], kind: type) -> None:
    if isinstance(value, kind):
        visit(value)
    elif isinstance(value, slice):
        _walk((value.start, value.stop, value.step), visit, kind)
    elif isinstance(value, list | tuple):
        for inner in value:
            _walk(inner, visit, kind)
    elif isinstance(value, dict):
        _walk(tuple(value.values()), visit, kind)


def merge(one: Any, other: Any, joined: Callable[[Any, Any], Any]) -> Any:
    """Two values of one structure as one; where plain values differ, what `joined` gives.

    Raises:
        ValueError: when the structures differ.
    """
    if type(one) is type(other) and is_dataclass(one) and not isinstance(one, type):
        parts = {
            f.name: merge(getattr(one, f.name), getattr(other, f.name), joined)
            if f.compare
            else getattr(one, f.name)
            for f in fields(one)
        }
        return type(one)(**parts)
    if isinstance(one, list | tuple) and type(one) is type(other) and len(one) == len(other):
        return type(one)(merge(a, b, joined) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        return {name: merge(one[name], other[name], joined) for name in one}
    if type(one) is type(other) and one == other:
        return one
    return joined(one, other)


def put_in(value: Any, n_classes: int) -> Any:
    """The value with the number of classes put in where it counts."""
    if isinstance(value, Classes):
        return value.at(n_classes)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: put_in(getattr(value, f.name), n_classes) for f in fields(value)}
        return type(value)(**parts)
    if isinstance(value, list | tuple):
        return type(value)(put_in(inner, n_classes) for inner in value)
    if isinstance(value, dict):
        return {name: put_in(inner, n_classes) for name, inner in value.items()}
    return value
