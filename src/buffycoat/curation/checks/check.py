"""What a check is: a function that measures an image or a table, and where its flag begins."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from buffycoat.curation.checks.limits import Limits
from buffycoat.errors import SettingError
from buffycoat.registry import Choice, Registry

__all__ = ["Check", "build_check", "check", "checks", "limits_of", "with_limits"]

Function = TypeVar("Function", bound=Callable[..., Any])

checks: Registry[Callable[..., Any]] = Registry("check")
"""The functions by name: `(image, *, ...) -> number` or `(samples, *, ...) -> numbers`."""


@dataclass(frozen=True)
class Check:
    """A chosen check with its arguments bound."""

    name: str
    """What it is chosen by; `<name>_score` and `is_<name>` are its columns."""
    said: str
    """The first line of its docstring: what it measures."""
    of_table: bool
    """Whether it measures the table as a whole, from what is known of its images without them."""
    arguments: Mapping[str, Any]
    """What it was given."""
    measure: Callable[..., Any]
    """From an image (H, W, 3), uint8, to a number, or from a sample table to one number a row."""
    limits: Limits
    """What is flagged."""

    @property
    def measured(self) -> str:
        """The beginning of `said`, to stand before a number, such as `mean brightness`."""
        first = re.split(r"[:;,.(]", self.said)[0].strip() or self.name
        return first if first[1:2].isupper() else first[:1].lower() + first[1:]


def check(
    *, low: float | None = None, high: float | None = None, unless_most: bool = False
) -> Callable[[Function], Function]:
    """Register a check under its own name, with its limits.

    Args:
        low: A measure below is flagged.
        high: A measure above is flagged.
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
    measure = partial(function, **arguments)
    return Check(choice.name, said, first == "samples", arguments, measure, limits)
