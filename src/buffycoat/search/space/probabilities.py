"""How likely each option is, for every choice of a shared network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from buffycoat.errors import SpaceError, UnknownNameError
from buffycoat.search.space.dimension import Dimension

__all__ = ["Probabilities", "scaled", "weighted_sum"]

# Straight-through samples are one-hot but for the rounding of (hard - soft) + soft.
ROUNDING = 1e-5


class Probabilities:
    """One vector of probabilities per choice, which the modules of a shared network read.

    Args:
        dimensions: The choices of the space.
    """

    def __init__(self, dimensions: Sequence[Dimension]) -> None:
        self._n_options = {one.name: len(one.options) for one in dimensions}
        self._vectors: dict[str, torch.Tensor] = {}
        self._live: dict[str, list[int]] = {}

    def set(self, vectors: Mapping[str, torch.Tensor]) -> None:
        """Take these vectors in place of all before.

        Raises:
            SpaceError: for an unknown choice, or a vector that is no distribution.
        """
        for name, vector in vectors.items():
            if name not in self._n_options:
                raise SpaceError(str(UnknownNameError("choice", name, self._n_options)))
            if vector.shape != (self._n_options[name],):
                said = f"has {self._n_options[name]} options, not {tuple(vector.shape)}"
                raise SpaceError(f"choice {name!r} {said}")
        self._vectors = dict(vectors)
        numbers = _as_numbers(list(vectors.values()))
        self._live = {
            name: _live(name, row, vectors[name].requires_grad)
            for name, row in zip(vectors, numbers, strict=True)
        }

    def live(self, name: str) -> list[int]:
        """The options that take part: one where the vector is one-hot.

        Raises:
            SpaceError: when the choice got no probabilities.
        """
        if name not in self._live:
            said = "call set(...) or choose(...) on the shared network before it is run"
            raise SpaceError(f"the choice {name!r} has no probabilities: {said}")
        return self._live[name]

    def chosen(self, name: str) -> int | None:
        """The number of the only option that takes part; None where several do."""
        live = self.live(name)
        return live[0] if len(live) == 1 else None

    def of(self, name: str, option: int) -> torch.Tensor:
        """The probability of an option, a scalar."""
        return self._vectors[name][option]

    def gate(self, name: str) -> torch.Tensor | None:
        """The probability of the only option, where a gradient is to reach it.

        Source:
            Dong and Yang (2019), Searching for a Robust Neural Architecture in Four GPU Hours:
            only what is sampled is computed, times its own probability.
        """
        one = self._vectors[name]
        if not (one.requires_grad and torch.is_grad_enabled()):
            return None
        return one[self.live(name)[0]]


def scaled(output: torch.Tensor, gate: torch.Tensor | None) -> torch.Tensor:
    """The output, times its probability where there is one to learn."""
    return output if gate is None else output * gate


def weighted_sum(
    outputs: Sequence[torch.Tensor], weights: Sequence[torch.Tensor], names: Sequence[str]
) -> torch.Tensor:
    """The sum of the outputs, each times its weight.

    Raises:
        SpaceError: when their shapes differ; it names the choices.
    """
    shapes = list(dict.fromkeys(tuple(one.shape) for one in outputs))
    if len(shapes) > 1:
        which = " and ".join(map(repr, names))
        said = f"give {shapes[0]} and {shapes[1]}, which cannot be mixed"
        hint = "only a strategy that takes one option at a time can search it"
        raise SpaceError(f"options of the choice {which} {said}; {hint}")
    total = outputs[0] * weights[0]
    for output, weight in zip(outputs[1:], weights[1:], strict=True):
        total = total + output * weight
    return total


def _as_numbers(vectors: list[torch.Tensor]) -> list[list[float]]:
    """All vectors as numbers, with one transfer from the device."""
    if not vectors:
        return []
    flat = torch.cat([one.detach().float() for one in vectors]).tolist()
    rows, start = [], 0
    for one in vectors:
        rows.append(flat[start : start + len(one)])
        start += len(one)
    return rows


def _live(name: str, row: list[float], learned: bool) -> list[int]:
    if not abs(sum(row) - 1) < 1e-3 or min(row) < -ROUNDING:
        shown = ", ".join(f"{one:.3g}" for one in row)
        raise SpaceError(f"choice {name!r} got {shown}: no probabilities that add up to 1")
    top = max(range(len(row)), key=row.__getitem__)
    if row[top] > 1 - ROUNDING:
        return [top]
    return [n for n, one in enumerate(row) if learned or one > 0]
