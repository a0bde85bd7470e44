"""Scale, white and stain of smears, and to which of each images are brought."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from buffycoat.errors import SettingError

__all__ = ["Colour", "Smear", "Standard", "StandardSettings"]

Colour = tuple[float, ...]
"""Three numbers, of red, green and blue; none where it is not known."""

Standard = Literal["scale", "white", "stain"]
"""What images can be brought to: one scale, one white of the empty film, one stain."""


@dataclass(frozen=True)
class Smear:
    """What is known of the smears of one laboratory, slide or image; 0 and () are unknown."""

    um_per_px: float = 0.0
    """Micrometres in a pixel."""
    white: Colour = ()
    """The empty film, 0 to 255."""
    nucleus: Colour = ()
    """Optical density of nuclei: natural logarithm of white over colour."""
    red_cell: Colour = ()
    """Optical density of red cells, likewise."""


@dataclass(frozen=True)
class StandardSettings:
    """To which scale, white and stain images are brought before they are fitted.

    What images have of each stands in their table (`buffycoat standardise`); `from_...` is taken
    where a table does not say. The defaults to go to are those of PBC: CellaVision DM96,
    May-Gruenwald-Giemsa, medians of 400 images.
    """

    standards: tuple[Standard, ...] = ()
    """What is brought to a standard before a network sees it: scale, white, stain, none by
    default. What a table or these settings do not know of an image is left as it is."""
    stain_strength: float = 0.5
    """Share of the way to the standard stain: 0 to 1."""
    view_um: float = 22.8
    """Side of the square that is cut or filled up about the middle, in micrometres."""
    to_white: Colour = (254.0, 228.0, 202.0)
    """The empty film after it: red, green and blue."""
    to_nucleus: Colour = (1.10, 1.81, 0.38)
    """Optical density of nuclei in red, green and blue after it."""
    to_red_cell: Colour = (0.23, 0.34, 0.20)
    """Optical density of red cells after it."""
    from_um_per_px: float = 0.0
    """Micrometres in a pixel of images of which a table does not say it; 0 is unknown."""
    from_white: Colour = ()
    """The empty film of such images."""
    from_nucleus: Colour = ()
    """Optical density of nuclei in such images."""
    from_red_cell: Colour = ()
    """Optical density of red cells in such images."""

    def __post_init__(self) -> None:
        for name in ("standards", *_COLOURS):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # TOML gives a list
        for standard in self.standards:
            if standard not in get_args(Standard):
                allowed = ", ".join(get_args(Standard))
                raise SettingError(f"standards has {standard!r}; it can have {allowed}")
        if not 0 <= self.stain_strength <= 1:
            raise SettingError(f"stain_strength is {self.stain_strength}: it is from 0 to 1")
        if not (0 < self.view_um < math.inf and 0 <= self.from_um_per_px < math.inf):
            said = f"view_um is {self.view_um} and from_um_per_px {self.from_um_per_px}"
            raise SettingError(f"{said}: the first must be above 0, and the second not below")
        for name in _COLOURS:
            value = getattr(self, name)
            is_colour = len(value) in (0, 3) and all(map(math.isfinite, value))
            if not is_colour or (name.startswith("to_") and not value):
                raise SettingError(f"{name} is {value}: it is red, green and blue")

    @property
    def assumed(self) -> Smear:
        """What images have of which a table does not say it."""
        return Smear(self.from_um_per_px, self.from_white, self.from_nucleus, self.from_red_cell)


_COLOURS = (
    "to_white",
    "to_nucleus",
    "to_red_cell",
    "from_white",
    "from_nucleus",
    "from_red_cell",
)
