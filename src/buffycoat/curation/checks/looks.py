"""A look for each check of an image, so that all of them together read each image once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from buffycoat.curation.checks.check import Check
from buffycoat.curation.looks.look import Look

__all__ = ["check_looks", "look_name"]


def check_looks(chosen: Sequence[Check]) -> tuple[Look, ...]:
    """What is to be seen of each image for these checks; those of a table need nothing.

    What a plugin's check measured is not kept: nothing tells when what it calls has changed.
    """
    return tuple(_look(check) for check in chosen if not check.of_table)


def look_name(check: Check) -> str:
    """What the measures of a check are kept under; another for other arguments or other code."""
    given = json.dumps(dict(check.arguments), sort_keys=True, default=repr)
    code = _own_code() if _is_own(check) else ""
    return f"check-{check.name}-{hashlib.sha256((given + code).encode()).hexdigest()[:10]}"


def _look(check: Check) -> Look:
    version = 1 if _is_own(check) else None
    return Look(look_name(check), partial(_measured, check), dtype="float64", version=version)


def _measured(check: Check, image: np.ndarray) -> float:
    measure: Any = check.measure(image)
    return float(measure)


def _is_own(check: Check) -> bool:
    function = getattr(check.measure, "func", check.measure)
    return function.__module__.startswith(__package__)


@cache
def _own_code() -> str:
    """A hash of all files beside this one: one check may call what stands in another's file."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
