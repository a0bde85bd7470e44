"""Combinations of options that cannot be, found when a space is built, and named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from buffycoat.errors import SpaceError, first_line
from buffycoat.search.space.contentless import ShapesOnly
from buffycoat.search.space.covering import cover
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space

__all__ = ["checked_space"]

# So many architectures are all tried; a larger space by a sample that covers its pairs.
SMALL_SPACE = 40
MOST_TRIED = 40


def checked_space(
    function: Callable[..., Any],
    *,
    n_classes: int,
    image_px: tuple[int, int] = (64, 64),
    **arguments: Any,
) -> Space:
    """The space of a function, its combinations of options tried for shapes that cannot meet.

    Args:
        function: As `Space` takes it.
        n_classes: C.
        image_px: Height and width of the images.
        arguments: More of the function's own.

    Raises:
        SpaceError: for a space that cannot be searched, and for options that cannot be combined; it
            names them.
    """
    space = Space(function, n_classes=n_classes, image_px=image_px, **arguments)
    _check_combinations(space)
    return space


def _check_combinations(space: Space) -> None:
    """Build architectures and run them on tensors without contents.

    A space of at most 40 architectures is tried whole; of a larger one, 40 that hold every option
    and pair of options as far as so many can. In a process that has trained nothing yet, torch
    first loads its compiler.

    Raises:
        SpaceError: when one fails; it names the options that are to blame and says what torch said.
    """
    with torch.random.fork_rng(devices=[]):
        tried = _to_try(space)
        device = "meta"
        failed = _first_failed(space, tried, device)
        if failed is not None and not _failure(space, failed, "cpu"):
            # Some layers cannot run without contents; such a space is tried on the processor.
            device = "cpu"
            failed = _first_failed(space, tried, device)
        if failed is not None:
            raise SpaceError(_blame(space, failed, tried, device))


def _to_try(space: Space) -> list[Architecture]:
    if space.n_architectures <= SMALL_SPACE:
        return list(space.every())
    rng = np.random.default_rng(0)
    return [next(space.every()), *cover(space.dimensions, MOST_TRIED - 1, rng)]


def _first_failed(space: Space, tried: Sequence[Architecture], device: str) -> Architecture | None:
    return next((one for one in tried if _failure(space, one, device)), None)


def _failure(space: Space, architecture: Architecture, device: str) -> str | None:
    """What is said when an architecture is built and run; None where it works."""
    try:
        with torch.device(device), torch.no_grad(), ShapesOnly():
            network = space.fixed(architecture).eval()
            output = network(torch.zeros(2, 3, *space.image_px))
    except Exception as error:  # a user's code may raise anything
        return first_line(error)
    wanted = (2, space.n_classes)
    if not isinstance(output, torch.Tensor):
        return f"it gives {type(output).__name__}, not a tensor"
    if tuple(output.shape) != wanted:
        return f"two images give shape {tuple(output.shape)}, not {wanted}"
    return None


def _blame(space: Space, failed: Architecture, tried: Sequence[Architecture], device: str) -> str:
    """The sentence that names the fewest options that fail together."""
    works = next((one for one in tried if not _failure(space, one, device)), None)
    if works is None:
        said = _failure(space, failed, "cpu")
        return f"the space {space.name}: none of {len(tried)} architectures works: {said}"
    culprit = _Culprit(space, works, device)
    blamed, said = culprit.find(failed)
    shown = [f"{name!r} = {option!r}" for name, option in blamed.items()]
    if len(shown) == 1:
        return f"the space {space.name} does not work with {shown[0]}: {said}"
    together = " and ".join(shown)
    return f"the space {space.name} does not work with {together} together: {said}"


class _Culprit:
    """Finds the options that an architecture fails by, beside one that works."""

    def __init__(self, space: Space, works: Architecture, device: str) -> None:
        self._space = space
        self._device = device
        self._firsts = {one.name: one.options[0] for one in space.dimensions}
        self._works = {**self._firsts, **works}

    def find(self, failed: Architecture) -> tuple[Architecture, str | None]:
        """The options without which it works, and what it says with them."""
        least = {**self._works, **failed}
        for name in self._firsts:
            changed = {**least, name: self._works[name]}
            if least[name] != self._works[name] and self._said(changed):
                least = changed
        active = self._space.active(least)
        blamed = {name: o for name, o in active.items() if self._matters(name, least)}
        # With contents, torch says more.
        return blamed or active, _failure(self._space, active, "cpu") or self._said(least)

    def _matters(self, name: str, least: dict[str, Any]) -> bool:
        """Whether another option of this choice mends it."""
        options = next(one.options for one in self._space.dimensions if one.name == name)
        others = [self._works[name], *options[:4]]
        return any(
            option != least[name] and not self._said({**least, name: option}) for option in others
        )

    def _said(self, full: dict[str, Any]) -> str | None:
        return _failure(self._space, self._space.active(full), self._device)
