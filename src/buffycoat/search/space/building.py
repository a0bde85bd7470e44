"""The ways of building a space's network: recording its choices, fixed, shared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from torch import nn

from buffycoat.errors import SpaceError
from buffycoat.search.space.combined import Combine, Combined
from buffycoat.search.space.dimension import Architecture, Condition, Dimension, Kind

__all__ = ["Builder", "Fixed", "Recording", "build_in", "current_builder", "shortened"]

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


class Recording(Builder):
    """Finds the dimensions: everything is built once, values at their first option."""

    def __init__(self) -> None:
        super().__init__()
        self.dimensions: dict[str, Dimension] = {}
        self.built: dict[str, nn.Module] = {}
        self._parent: Condition | None = None

    def layer(self, name: str, candidates: Mapping[str, Callable[[], nn.Module]]) -> nn.Module:
        """Build all candidates; go on with the first."""
        full = self._add(name, tuple(candidates), "layer")
        built = [
            self._under(Condition(full, (option,)), f"{name}.{option}", full, build)
            for option, build in candidates.items()
        ]
        return built[0]

    def inputs(self, name: str, options: Sequence[list[int]], combine: Combine) -> nn.Module:
        """Go on with the first option."""
        self._add(name, tuple(options), "input")
        return Combined(options[0], combine)

    def repeat(
        self, name: str, block: Callable[[int], nn.Module], depths: Sequence[int]
    ) -> nn.Module:
        """Build the most blocks; go on with the first depth."""
        full = self._add(name, tuple(depths), "repeat")
        blocks = []
        for number in range(max(depths)):
            deep = Condition(full, tuple(depth for depth in depths if depth > number))
            place = f"{name}.{number}"
            blocks.append(self._under(deep, place, full, partial(block, number)))
        return nn.Sequential(*blocks[: depths[0]])

    def value(self, name: str, options: Sequence[Any]) -> Any:
        """Go on with the first option."""
        self._add(name, tuple(options), "value")
        return options[0]

    def _add(self, name: str, options: tuple[Any, ...], kind: Kind) -> str:
        full = self.prefix + name
        if full in self.dimensions:
            said = "give each its own name, or make it once and hand it on"
            raise SpaceError(f"the name {full!r} is used by two choices; {said}")
        self.dimensions[full] = Dimension(full, options, self._parent, kind)
        return full

    def _under(
        self, parent: Condition, place: str, name: str, build: Callable[[], nn.Module]
    ) -> nn.Module:
        before, self._parent = self._parent, parent
        try:
            module = self.inner(place, name, build)
            self.built[self.prefix + place] = module
            return module
        except SpaceError:
            raise
        except Exception as error:
            said = f"{self.prefix}{place} cannot be built: {shortened(error)}"
            raise SpaceError(f"choice {name!r}: {said}") from error
        finally:
            self._parent = before

    def described(self, network: nn.Module) -> dict[str, list[list[object]]]:
        """Kind, settings and tensors of each layer, of the network and all that was built in it."""
        whole = {"": network, **self.built}
        return {
            place: [_description(one) for one in part.modules()] for place, part in whole.items()
        }


def _description(module: nn.Module) -> list[object]:
    kind = type(module)
    # What other modules say of themselves may hold addresses.
    settings = module.extra_repr() if kind.__module__.startswith("torch.nn.") else ""
    tensors = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
    return [kind.__name__, settings, [[name, list(one.shape)] for name, one in tensors]]


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


def shortened(error: BaseException) -> str:
    """The first line of an error, at most 200 letters."""
    lines = str(error).strip().splitlines()
    line = lines[0] if lines else type(error).__name__
    return line if len(line) <= 200 else f"{line[:197]}..."
