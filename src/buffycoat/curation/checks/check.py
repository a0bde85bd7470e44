"""What a check is: a function that scores an image or a table, and where its flag begins."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np

from buffycoat.errors import SettingError
from buffycoat.registry import Choice, Registry

__all__ = ["Check", "Limits", "build_check", "check", "checks", "limits_of", "with_limits"]

Function = TypeVar("Function", bound=Callable[..., Any])

checks: Registry[Callable[..., Any]] = Registry("check")
"""The functions by name: `(image, *, ...) -> score` or `(samples, *, ...) -> scores`."""


@dataclass(frozen=True)
class Limits:
    """The scores that are not flagged."""

    low: float | None = None
    """A score below is flagged."""
    high: float | None = None
    """A score above is flagged."""
    unless_most: bool = False
    """Flag nothing where more than half of the table would be: it is how these images are."""

    def __post_init__(self) -> None:
        given = [limit for limit in (self.low, self.high) if limit is not None]
        wrong = [v for v in given if isinstance(v, bool) or not isinstance(v, int | float)]
        if wrong or not np.isfinite(given).all():
            raise SettingError(f"low is {self.low!r} and high {self.high!r}: limits are numbers")
        if not given:
            raise SettingError("a check needs low, high or both, to know what it flags")
        if len(given) == 2 and given[0] > given[1]:
            raise SettingError(f"low is {self.low} and high {self.high}: nothing lies between")

    def flagged(self, scores: np.ndarray) -> np.ndarray:
        """Which of the scores (N,) are outside, (N,) truths; a missing score (NaN) is not."""
        outside = np.zeros(len(scores), bool)
        if self.low is not None:
            outside |= scores < self.low
        if self.high is not None:
            outside |= scores > self.high
        if self.unless_most and outside.sum() * 2 > np.isfinite(scores).sum():
            outside[:] = False
        return outside

    def __str__(self) -> str:
        low, high = (None if v is None else f"{v:g}" for v in (self.low, self.high))
        return " or ".join(filter(None, [low and f"below {low}", high and f"above {high}"]))


@dataclass(frozen=True)
class Check:
    """A chosen check with its arguments bound."""

    name: str
    """What it is chosen by; `check_<name>` and `flag_<name>` are its columns."""
    said: str
    """The first line of its docstring: what the score is."""
    of_table: bool
    """Whether it scores the table as a whole, from what is known of its images without them."""
    score: Callable[..., Any]
    """From an image (H, W, 3), uint8, to a number, or from a sample table to one number a row."""
    limits: Limits
    """What is flagged."""


def check(
    *, low: float | None = None, high: float | None = None, unless_most: bool = False
) -> Callable[[Function], Function]:
    """Register a check under its own name, with its limits.

    Args:
        low: A score below is flagged.
        high: A score above is flagged.
        unless_most: Flag nothing where more than half of the table would be.

    Raises:
        SettingError: without a limit, or when the name is taken.
    """
    limits = Limits(low, high, unless_most)
    return lambda function: checks.register(with_limits(function, limits))  # type: ignore[return-value]


def with_limits(function: Function, limits: Limits) -> Function:
    """The same function, which keeps its limits with it."""
    vars(function)["limits"] = limits
    return function


def limits_of(name: str) -> Limits:
    """The limits that a check was registered with.

    Raises:
        UnknownNameError: when there is no such check.
    """
    found: Limits = vars(checks.get(name))["limits"]
    return found


def build_check(choice: Choice) -> Check:
    """The chosen check; `low` and `high` among its arguments stand in for its own limits.

    Raises:
        UnknownNameError: for a name that is no check.
        SettingError: for an argument that it does not take, or impossible limits.
    """
    arguments = dict(choice.arguments)
    own = limits_of(choice.name)
    new = {name: arguments.pop(name) for name in ("low", "high") if name in arguments}
    try:
        limits = Limits(**{"low": own.low, "high": own.high, **new}, unless_most=own.unless_most)
    except SettingError as error:
        raise SettingError(f"check {choice.name!r}: {error}") from error
    function = checks.checked(Choice(choice.name, arguments), "image", "samples")
    first = next(iter(inspect.signature(function).parameters), "image")
    said = (inspect.getdoc(function) or choice.name).partition("\n")[0]
    return Check(choice.name, said, first == "samples", partial(function, **arguments), limits)
