"""A space's network built as one architecture has it, of plain modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from torch import nn

from buffycoat.errors import SpaceError
from buffycoat.search.space.building import Builder
from buffycoat.search.space.combined import Combine, Combined
from buffycoat.search.space.dimension import Architecture

__all__ = ["Fixed"]


class Fixed(Builder):
    """Builds only what an architecture chose; nothing of the choices is left."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self._architecture = architecture
        self._asked: set[str] = set()

    def layer(self, name: str, candidates: Mapping[str, Callable[[], nn.Module]]) -> nn.Module:
        """The chosen candidate itself."""
        option = self._chosen(name)
        return self.inner(f"{name}.{option}", name, candidates[option])

    def inputs(self, name: str, options: Sequence[list[int]], combine: Combine) -> nn.Module:  # noqa: ARG002
        """The chosen inputs, combined."""
        return Combined(self._chosen(name), combine)

    def repeat(
        self,
        name: str,
        block: Callable[[int], nn.Module],
        depths: Sequence[int],  # noqa: ARG002
    ) -> nn.Module:
        """The chosen number of blocks."""
        built = [
            self.inner(f"{name}.{number}", name, partial(block, number))
            for number in range(self._chosen(name))
        ]
        return nn.Sequential(*built)

    def value(self, name: str, options: Sequence[Any]) -> Any:  # noqa: ARG002
        """The chosen value itself."""
        return self._chosen(name)

    def _chosen(self, name: str) -> Any:
        full = self.prefix + name
        if full not in self._architecture:
            raise SpaceError(_sometimes(full))
        self._asked.add(full)
        return self._architecture[full]

    def check_asked(self) -> None:
        """Refuse an architecture with a choice that the network was built without.

        Raises:
            SpaceError: when there is one; it names the choice.
        """
        for name in self._architecture:
            if name not in self._asked:
                raise SpaceError(_sometimes(name))


def _sometimes(name: str) -> str:
    said = "is built under some values of others only; write that as a LayerChoice or Repeat"
    return f"the choice {name!r} {said}"
