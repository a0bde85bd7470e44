"""A searched number in a shared network: arithmetic over choices, and its distribution."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import torch

from buffycoat.errors import SpaceError
from buffycoat.search.space.probabilities import Probabilities

__all__ = ["Value", "computed", "joint"]

# Every combination of the options behind one number is listed.
MOST_CASES = 4096


class Value:
    """A number that depends on choices.

    It takes part in + - * / // % ** with numbers and other values; anything that needs the number
    itself (comparing, range, a plain torch layer) is refused by name.

    Args:
        choices: The options of each choice it depends on, by name.
        compute: From an option of each choice to the number.
        probabilities: Those of the shared network.
    """

    def __init__(
        self,
        choices: Mapping[str, tuple[Any, ...]],
        compute: Callable[[Mapping[str, Any]], Any],
        probabilities: Probabilities,
    ) -> None:
        self.choices = dict(choices)
        self.compute = compute
        self.probabilities = probabilities
        if math.prod(len(options) for options in choices.values()) > MOST_CASES:
            said = f"over {MOST_CASES} combinations of the choices {self.named}"
            raise SpaceError(f"a number depends on {said}; compute it from fewer")

    @property
    def named(self) -> str:
        """The names of its choices, for a message."""
        return " and ".join(map(repr, self.choices))

    def every(self) -> list[Any]:
        """The number for every combination of options."""
        rows = itertools.product(*self.choices.values())
        return [self.compute(dict(zip(self.choices, row, strict=True))) for row in rows]

    def chosen(self) -> Any | None:
        """The number where each of its choices is settled; None where one is mixed."""
        picked = {}
        for name, options in self.choices.items():
            number = self.probabilities.chosen(name)
            if number is None:
                return None
            picked[name] = options[number]
        return self.compute(picked)

    def gate(self) -> torch.Tensor | None:
        """The product of the probabilities of what is settled, where they are learned."""
        gates = [self.probabilities.gate(name) for name in self.choices]
        learned = [gate for gate in gates if gate is not None]
        return functools.reduce(torch.mul, learned) if learned else None

    def live(self) -> list[Any]:
        """The number for each combination of options that takes part."""
        return [self._number(row) for row in self._rows()]

    def distribution(self) -> list[tuple[Any, torch.Tensor]]:
        """Each combination that takes part: the number, and the product of probabilities."""
        return [(self._number(row), self._weight(row)) for row in self._rows()]

    def _rows(self) -> list[tuple[int, ...]]:
        return list(itertools.product(*map(self.probabilities.live, self.choices)))

    def _number(self, row: tuple[int, ...]) -> Any:
        options = zip(self.choices.items(), row, strict=True)
        return self.compute({name: each[number] for (name, each), number in options})

    def _weight(self, row: tuple[int, ...]) -> torch.Tensor:
        parts = zip(self.choices, row, strict=True)
        factors = [self.probabilities.of(name, number) for name, number in parts]
        return functools.reduce(torch.mul, factors)

    def __add__(self, other: Any) -> Value:
        return _applied(operator.add, self, other)

    def __radd__(self, other: Any) -> Value:
        return _applied(operator.add, other, self)

    def __sub__(self, other: Any) -> Value:
        return _applied(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Value:
        return _applied(operator.sub, other, self)

    def __mul__(self, other: Any) -> Value:
        return _applied(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Value:
        return _applied(operator.mul, other, self)

    def __truediv__(self, other: Any) -> Value:
        return _applied(operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return _applied(operator.truediv, other, self)

    def __floordiv__(self, other: Any) -> Value:
        return _applied(operator.floordiv, self, other)

    def __rfloordiv__(self, other: Any) -> Value:
        return _applied(operator.floordiv, other, self)

    def __mod__(self, other: Any) -> Value:
        return _applied(operator.mod, self, other)

    def __rmod__(self, other: Any) -> Value:
        return _applied(operator.mod, other, self)

    def __pow__(self, other: Any) -> Value:
        return _applied(operator.pow, self, other)

    def __neg__(self) -> Value:
        return _applied(operator.neg, self)

    def __hash__(self) -> int:
        return id(self)

    def _refuse(self, *_: Any) -> NoReturn:
        said = "has no single value in a shared network"
        hint = "hand it to the layers of search.space.layers, or write a LayerChoice or Repeat"
        raise SpaceError(f"the choice {self.named} {said}; {hint}")

    __index__ = __int__ = __float__ = __bool__ = __round__ = __trunc__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _refuse


def computed(function: Callable[..., Any], *arguments: Any) -> Any:
    """A function of numbers, applied to searched ones: `computed(round_to_8, width * ratio)`.

    Args:
        function: Takes as many plain numbers as there are arguments.
        arguments: Numbers, or what ValueChoice gave.

    Returns:
        A number where all arguments are; a `Value` otherwise.
    """
    if not any(isinstance(one, Value) for one in arguments):
        return function(*arguments)
    return _applied(function, *arguments)


def joint(arguments: Mapping[str, Any]) -> Value:
    """All arguments of a layer at once, as a dict by name, for each combination of options."""

    def together(*numbers: Any) -> dict[str, Any]:
        return dict(zip(arguments, numbers, strict=True))

    return _applied(together, *arguments.values())


def _applied(function: Callable[..., Any], *arguments: Any) -> Value:
    values = [one for one in arguments if isinstance(one, Value)]

    def compute(picked: Mapping[str, Any]) -> Any:
        return function(
            *(one.compute(picked) if isinstance(one, Value) else one for one in arguments)
        )

    choices = {name: options for one in values for name, options in one.choices.items()}
    return Value(choices, compute, values[0].probabilities)
