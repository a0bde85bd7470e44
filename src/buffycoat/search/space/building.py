"""What a choice becomes while a space's network is built: a way of building decides."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from torch import nn

from buffycoat.errors import SpaceError
from buffycoat.search.space.combined import Combine

__all__ = ["Builder", "build_in", "current_builder"]

_current: ContextVar[Builder | None] = ContextVar("builder", default=None)


class Builder(ABC):
    """What a choice becomes while the user's function runs."""

    def __init__(self) -> None:
        self.prefix = ""

    @abstractmethod
    def layer(self, name: str, candidates: Mapping[str, Callable[[], nn.Module]]) -> nn.Module:
        """What a LayerChoice becomes."""

    @abstractmethod
    def inputs(self, name: str, options: Sequence[list[int]], combine: Combine) -> nn.Module:
        """What an InputChoice becomes."""

    @abstractmethod
    def repeat(
        self, name: str, block: Callable[[int], nn.Module], depths: Sequence[int]
    ) -> nn.Module:
        """What a Repeat becomes."""

    @abstractmethod
    def value(self, name: str, options: Sequence[Any]) -> Any:
        """What a ValueChoice becomes."""

    def inner(self, place: str, name: str, build: Callable[[], Any]) -> nn.Module:
        """Build what lies inside the choice `name`; the names of its choices begin with `place`.

        Raises:
            SpaceError: when it gives no torch module.
        """
        with self.within(place):
            module = build()
        if not isinstance(module, nn.Module):
            said = f"gave {type(module).__name__}, not a torch module"
            raise SpaceError(f"choice {name!r}: the function for {place!r} {said}")
        return module

    @contextmanager
    def within(self, place: str) -> Iterator[None]:
        """Names of choices built meanwhile begin with `place`."""
        before = self.prefix
        self.prefix = f"{before}{place}."
        try:
            yield
        finally:
            self.prefix = before


@contextmanager
def build_in(builder: Builder) -> Iterator[None]:
    """Choices made meanwhile are built this way."""
    token = _current.set(builder)
    try:
        yield
    finally:
        _current.reset(token)


def current_builder(name: str) -> Builder:
    """The way of building that a choice meets.

    Raises:
        SpaceError: when the choice is made outside of a space.
    """
    builder = _current.get()
    if builder is None:
        said = "hand the function that makes it to checked_space(function, n_classes=...)"
        raise SpaceError(f"choice {name!r} is made outside of a space; {said}")
    return builder
