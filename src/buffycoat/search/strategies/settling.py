"""Whether a search has settled: nothing better for a while."""

from __future__ import annotations

from collections.abc import Sequence

from buffycoat.errors import SettingError
from buffycoat.search.strategies.strategy import Scored, chosen

__all__ = ["check_patience", "is_settled"]


def is_settled(past: Sequence[Scored], patience: int) -> bool:
    """Whether the last `patience` trials brought nothing better than what was there before.

    Args:
        past: What was scored, in order.
        patience: How many trials; 0 never settles.
    """
    best = chosen(past)
    if not patience or best is None:
        return False
    return len(past) - 1 - past.index(best) >= patience


def check_patience(patience: int) -> None:
    """Refuse a negative one.

    Raises:
        SettingError: for it.
    """
    if patience < 0:
        raise SettingError(f"patience is {patience}: it is 0 or more")
