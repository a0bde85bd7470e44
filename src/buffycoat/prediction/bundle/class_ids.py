"""The number that a bundle answers for each class."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from buffycoat.errors import SettingError, UnknownNameError

__all__ = ["number_classes", "parse_class_ids"]

_PAIR = re.compile(r"(?P<name>[^=]+)=(?P<number>\d{1,9})(?:,|$)")


def parse_class_ids(given: str) -> dict[str, int]:
    """The numbers in `name=0,other name=1`.

    >>> parse_class_ids("neutrophil=0,immature granulocyte=3")
    {'neutrophil': 0, 'immature granulocyte': 3}

    Raises:
        SettingError: when it is written in another way, or names a class twice.
    """
    found: dict[str, int] = {}
    place = 0
    while place < len(given):
        pair = _PAIR.match(given, place)
        if not pair or pair["name"].strip() in found:
            rest = given[place:][:60]
            raise SettingError(f"--class-ids is read as name=0,name=1 and so on, not {rest!r}")
        found[pair["name"].strip()] = int(pair["number"])
        place = pair.end()
    return found


def number_classes(
    classes: Sequence[str], own: Mapping[str, int], given: Mapping[str, int]
) -> dict[str, int]:
    """The number of each class, in the order of the classes.

    Args:
        classes: The run's classes.
        own: The numbers that the source of its images had, where it had some.
        given: The ones asked for, which go before all others.

    Raises:
        UnknownNameError: when a number is given to a class that the run has not.
        SettingError: when a class has no number, or two have the same.
    """
    if not given:
        known = set(classes) <= set(own)
        return {name: own[name] if known else i for i, name in enumerate(classes)}
    for name in given:
        if name not in classes:
            raise UnknownNameError("class of the run", name, classes)
    missing = [name for name in classes if name not in given]
    if missing:
        raise SettingError(f"--class-ids has no number for {', '.join(missing)}")
    if len(set(given.values())) < len(classes):
        raise SettingError("--class-ids gives two classes the same number; each needs its own")
    return {name: given[name] for name in classes}
