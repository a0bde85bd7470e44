"""How numbers and their intervals are written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buffycoat.evaluation.figures import Figure

__all__ = [
    "counted",
    "decimal",
    "interval",
    "is_known",
    "percent",
    "shortened",
    "value_of",
    "width_of",
]

_DASH = "–"


def is_known(value: float | None) -> bool:
    """Whether there is a number at all."""
    return value is not None and math.isfinite(value)


def value_of(figure: Figure | None) -> float:
    """The value of a figure; not a number where there is none."""
    return math.nan if figure is None else figure.value


def width_of(figure: Figure | None) -> float:
    """How wide its interval is; not a number where there is none."""
    return math.nan if figure is None else figure.high - figure.low


def percent(value: float | None, sign: str = "%") -> str:
    """A share from 0 to 1 as a percentage with one decimal; a dash where it is unknown.

    A share is never rounded to all or nothing:

    >>> percent(0.98504), percent(0.9999), percent(1.0), percent(0.0001)
    ('98.5%', '>99.9%', '100%', '<0.1%')
    """
    if value is None or not math.isfinite(value):
        return _DASH
    if value in (0.0, 1.0):
        return f"{100 * value:.0f}{sign}"
    if 0.9995 <= value < 1:
        return f">99.9{sign}"
    return f"<0.1{sign}" if 0 < value < 0.0005 else f"{100 * value:.1f}{sign}"


def decimal(value: float | None) -> str:
    """A number with four decimals, never rounded up to one; a dash where it is unknown."""
    if value is None or not math.isfinite(value):
        return _DASH
    return ">0.9999" if 0.99995 <= value < 1 else f"{value:.4f}"


def interval(figure: Figure | None, *, as_percent: bool = True) -> str:
    """The lower and the upper end, such as `97.9 to 98.9`; empty where they are unknown."""
    if figure is None or not (is_known(figure.low) and is_known(figure.high)):
        return ""
    if as_percent:
        return f"{percent(figure.low, '')} to {percent(figure.high, '')}"
    return f"{decimal(figure.low)} to {decimal(figure.high)}"


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun, such as `1 image` or `2,744 images`."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def shortened(text: str, n_characters: int = 12) -> str:
    """The beginning of a hash."""
    return text[:n_characters]
