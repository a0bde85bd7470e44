"""Whether a network takes any number of classes and images of any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from buffycoat.search.export.program import Classes, Program, merge, put_in
from buffycoat.search.export.tracing import trace

__all__ = ["Build", "for_any_classes", "is_for_any_size"]

Build = Callable[[int, tuple[int, int]], nn.Module]
"""Number of classes and image size (height, width) to the network."""


def for_any_classes(
    program: Program, build: Build, n_classes: int, image_px: tuple[int, int]
) -> Program:
    """The program with the number of classes left open, or as it is for this number alone.

    Three builds tell: from two, what differs must follow in a line, and the third must agree.

    Args:
        program: Of the network with `n_classes`.
        build: What makes the network.
        n_classes: C.
        image_px: Height and width.
    """

    def follows(here: Any, there: Any) -> Classes:
        if type(here) is not int or type(there) is not int:
            raise ValueError(f"{here!r} with {n_classes} classes, {there!r} with one more")
        return Classes(there - here, here - (there - here) * n_classes)

    other, third = n_classes + 1, 2 * n_classes + 1
    try:
        opened: Program = merge(program, _traced(build, other, image_px), follows)
    except ValueError:
        return program
    return opened if put_in(opened, third) == _traced(build, third, image_px) else program


def is_for_any_size(
    program: Program, build: Build, n_classes: int, image_px: tuple[int, int]
) -> bool:
    """Whether the network for images of twice the height and width has the same layers."""
    height, width = image_px
    return _traced(build, n_classes, (2 * height, 2 * width)) == program


def _traced(build: Build, n_classes: int, image_px: tuple[int, int]) -> Program | None:
    """The program, or None where there is no such network."""
    try:
        return trace(build(n_classes, image_px))
    except Exception:
        return None
