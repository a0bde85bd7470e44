"""The checks that there are."""

from __future__ import annotations

from buffycoat.curation.checks import cells, quality, shape
from buffycoat.curation.checks.check import checks

__all__ = ["BUILT_IN", "check_names"]

BUILT_IN = (cells, quality, shape)
"""The files that register the checks of this package."""


def check_names() -> list[str]:
    """The names of all checks, those of plugins among them."""
    return list(checks)
