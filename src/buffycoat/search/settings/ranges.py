"""What `--vary` gives a search: a range to draw from, or values to choose from."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optuna.trial import BaseTrial

from buffycoat.errors import SettingError
from buffycoat.registry import Choice
from buffycoat.training.given_values import split_values
from buffycoat.training.settings import TrainSettings
from buffycoat.training.variation import Variation, find_setting, parse_variation

__all__ = ["Listed", "Range", "as_told", "parse_range", "parse_ranges"]

_WAYS = "log(LOW, HIGH), uniform(LOW, HIGH[, STEP]) or int(LOW, HIGH[, STEP or log])"


@dataclass(frozen=True)
class Range:
    """A setting that is drawn between two numbers."""

    name: str
    """Dotted name."""
    low: float
    """The lowest value."""
    high: float
    """The highest value, which can be drawn too."""
    step: float | None = None
    """Only values this far apart."""
    is_log: bool = False
    """Whether equal ratios are equally likely."""
    is_whole: bool = False
    """Whether it is a whole number."""
    is_argument: bool = False
    """Whether it is an argument within a choice."""

    def suggest(self, trial: BaseTrial) -> Any:
        """The trial's value."""
        if self.is_whole:
            low, high, step = int(self.low), int(self.high), int(self.step or 1)
            return trial.suggest_int(self.name, low, high, step=step, log=self.is_log)
        return trial.suggest_float(self.name, self.low, self.high, step=self.step, log=self.is_log)

    @property
    def is_endless(self) -> bool:
        """Whether it has no list of values."""
        return self.is_log or (self.step is None and not self.is_whole)

    @property
    def ends(self) -> tuple[Any, ...]:
        """Its lowest and highest value."""
        return tuple(int(end) if self.is_whole else end for end in (self.low, self.high))

    def __str__(self) -> str:
        kind = "int" if self.is_whole else "log" if self.is_log else "uniform"
        numbers = [self.low, self.high, *([self.step] if self.step else [])]
        told = [f"{number:.12g}" for number in numbers]  # as precisely as they were given
        told += ["log"] if self.is_whole and self.is_log else []
        return f"{kind}({', '.join(told)})"


@dataclass(frozen=True)
class Listed:
    """A setting that is one of several values."""

    variation: Variation

    @property
    def name(self) -> str:
        """Dotted name."""
        return self.variation.name

    @property
    def is_argument(self) -> bool:
        """Whether it is an argument within a choice."""
        return self.variation.is_argument

    def suggest(self, trial: BaseTrial) -> Any:
        """The trial's value."""
        told = {as_told(value): value for value in self.variation.values}
        return told[trial.suggest_categorical(self.name, list(told))]

    @property
    def ends(self) -> tuple[Any, ...]:
        """All its values."""
        return self.variation.values

    def __str__(self) -> str:
        return ", ".join(str(as_told(value)) for value in self.variation.values)


def as_told(value: Any) -> Any:
    """A value as a study keeps it: a number, a truth or text.

    >>> as_told(Choice("dense", {"widths": [64]}))
    '{name = "dense", widths = [64]}'
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return str(Choice.parse(dict(value)))
    return str(list(value)) if isinstance(value, list | tuple) else str(value)


def parse_ranges(
    given: Sequence[str], base: TrainSettings | None = None
) -> tuple[Range | Listed, ...]:
    """The ranges of several texts `NAME=...`.

    Raises:
        SettingError: for one that cannot be read, or a setting that is varied twice.
    """
    found = tuple(parse_range(text, base) for text in given)
    names = [item.name for item in found]
    for name in names:
        if names.count(name) > 1:
            raise SettingError(f"{name} is varied twice: give one --vary for it")
    return found


def parse_range(text: str, base: TrainSettings | None = None) -> Range | Listed:
    """The range, or the listed values, that a text describes.

    Args:
        text: `NAME=log(1e-4, 1e-2)`, `NAME=uniform(0, .2)`, `NAME=uniform(0, .2, .05)`,
            `NAME=int(16, 128)`, `NAME=int(16, 128, log)`, `NAME=int(1, 9, 2)` or `NAME=V1,V2`.
        base: Settings whose fields are meant; their values do not matter.

    Raises:
        SettingError: for an unknown name, another type than the setting has, or ends that cannot
            be.

    >>> str(parse_range("learning_rate=log(1e-4, 1e-2)"))
    'log(0.0001, 0.01)'
    """
    given, _, said = text.partition("=")
    found = re.fullmatch(r"\s*(log|uniform|int)\s*\((.*)\)\s*", said)
    if not found:
        return Listed(parse_variation(text, base))
    name, hint = find_setting(given, base)
    if hint not in (int, float, None):
        raise SettingError(f"--vary {given}: it is no number; list its values, {given}=V1,V2")
    if hint is int and found[1] != "int":
        raise SettingError(f"--vary {given}: it is a whole number; write {given}=int(LOW, HIGH)")
    return _checked(_read(name, found[1], split_values(found[2]), text), hint is None, text)


def _read(name: str, kind: str, told: list[str], text: str) -> Range:
    is_log = kind == "log" or told[2:] == ["log"]
    numbers = told[:2] if told[2:] == ["log"] and kind == "int" else told
    try:
        low, high, *step = (float(number) for number in numbers)
        if len(step) > 1 or (is_log and step) or not all(map(math.isfinite, (low, high, *step))):
            raise ValueError
    except ValueError as error:
        raise SettingError(f"--vary {text!r} cannot be read: write {_WAYS}") from error
    return Range(name, low, high, step[0] if step else None, is_log, is_whole=kind == "int")


def _checked(found: Range, is_argument: bool, text: str) -> Range:
    numbers = [n for n in (found.low, found.high, found.step) if n is not None]
    if found.is_whole and not all(number.is_integer() for number in numbers):
        raise SettingError(f"--vary {text!r}: int takes whole numbers")
    if found.low >= found.high:
        raise SettingError(f"--vary {text!r}: the first number must be below the second")
    if found.is_log and found.low <= 0:
        raise SettingError(f"--vary {text!r}: a logarithmic range must begin above 0")
    if found.step is not None and not 0 < found.step <= found.high - found.low:
        raise SettingError(f"--vary {text!r}: the step must be above 0 and fit into the range")
    if not is_argument:
        return found
    return Range(**{**vars(found), "is_argument": True})
