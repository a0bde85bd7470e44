"""A search space by its name: one of ours, or the user's own as FILE.py:NAME."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from torch import nn

from buffycoat.errors import SettingError
from buffycoat.models.plugin import load_function, split_name
from buffycoat.registry import Choice, Registry
from buffycoat.search.space.checking import checked_space
from buffycoat.search.space.space import Space
from buffycoat.search.spaces.mobile import mobile
from buffycoat.search.spaces.published import published
from buffycoat.search.spaces.small import small

__all__ = ["open_space", "spaces"]

spaces: Registry[Callable[..., nn.Module]] = Registry("search space")
for _space in (published, small, mobile):
    spaces.register(_space)

_GIVEN = ("n_classes", "image_px")


def open_space(
    choice: Choice, n_classes: int, image_px: tuple[int, int]
) -> tuple[Space, str | None]:
    """The space, and the SHA-256 of the user's file where it is from one, which is run.

    Args:
        choice: A name in `spaces`, or FILE.py:NAME, with the function's own arguments.
        n_classes: C.
        image_px: Height and width of the images.

    Raises:
        UnknownNameError: for a name that nobody has.
        SettingError: for a file that fails, or arguments that the function does not take.
        SpaceError: for a space that cannot be searched.
    """
    own = split_name(choice.name)
    if own is None:
        function, sha256 = spaces.checked(choice, *_GIVEN), None
    else:
        function, sha256 = load_function(*own, what="search space")
        takes = [n for n in inspect.signature(function).parameters if n not in _GIVEN]
        for name in choice.arguments:
            if name not in takes:
                said = ", ".join(takes) or "no arguments"
                raise SettingError(f"search space {choice.name} takes {said}, not {name!r}")
    space = checked_space(function, n_classes=n_classes, image_px=image_px, **choice.arguments)
    return space, sha256
