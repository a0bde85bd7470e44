"""What an audit is asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from buffycoat.curation.checks.catalogue import check_names
from buffycoat.curation.checks.check import Check, build_check
from buffycoat.errors import SettingError
from buffycoat.registry import Choice

__all__ = ["AuditSettings", "Part", "chosen_checks", "chosen_parts"]

Part = Literal["copies", "quality", "outliers", "shortcuts", "labels", "map"]
"""What can be left out of an audit."""


@dataclass(frozen=True)
class AuditSettings:
    """What an audit is asked to do."""

    skip: tuple[Part, ...] = ()
    """What to leave out."""
    check: tuple[Choice, ...] = ()
    """The checks of image quality to make; all, if none is named. Limits are changed so:
    '{name = "blurred", low = 0.002}'."""
    embeddings: Path | None = None
    """Features of the table's rows that `buffycoat embed` wrote: outliers and labels are judged by
    them too."""
    predictions: Path | None = None
    """A prediction table of `train --all-folds`: labels are judged by it."""
    seed: int = 0
    """What the folds of the label check and the map depend on."""


def chosen_parts(settings: AuditSettings) -> set[Part]:
    """The parts that are not to be left out.

    Raises:
        SettingError: for a part that does not exist, or checks of a part that is left out.
    """
    skip: Sequence[str] | str = settings.skip
    names = (skip,) if isinstance(skip, str) else skip  # from Python
    for name in names:
        if name not in get_args(Part):
            raise SettingError(f"skip is {name!r}; it can be {', '.join(get_args(Part))}")
    if settings.check and "quality" in names:
        raise SettingError("the checks that were named are part of quality: do not skip that")
    return {name for name in get_args(Part) if name not in names}


def chosen_checks(settings: AuditSettings) -> list[Check]:
    """The checks to make.

    Raises:
        SettingError: for a check that does not exist, is named twice, or has other arguments.
    """
    check: Sequence[Choice | str] | str = settings.check
    given = (check,) if isinstance(check, str) else check  # from Python
    choices = [Choice.parse(choice) for choice in given] or [Choice(name) for name in check_names()]
    names = [choice.name for choice in choices]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled:
        raise SettingError(f"check {doubled!r} is named twice: name it once")
    return [build_check(choice) for choice in choices]
