"""A space's network built once with all that it could hold, which finds its dimensions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from torch import nn

from buffycoat.errors import SpaceError, first_line
from buffycoat.search.space.building import Builder
from buffycoat.search.space.combined import Combine, Combined
from buffycoat.search.space.dimension import Condition, Dimension, Kind

__all__ = ["Recording"]


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
            said = f"{self.prefix}{place} cannot be built: {first_line(error)}"
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
