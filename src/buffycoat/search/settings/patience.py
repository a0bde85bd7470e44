"""A storage that goes away is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from buffycoat.errors import RunError, first_line

__all__ = ["Patience"]

Result = TypeVar("Result")

_FIRST_S, _LONGEST_S = 1.0, 30.0


class Patience:
    """Calls of a storage that are tried again while it is away.

    Args:
        give_up_s: Seconds after which the search ends.
        say: Tells the user.
        sleep: Waits.
    """

    def __init__(
        self,
        give_up_s: float = 600.0,
        say: Callable[[str], None] = print,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.give_up_s, self.say, self.sleep = give_up_s, say, sleep

    def __call__(self, call: Callable[[], Result]) -> Result:
        """What the call gives, as soon as it gives anything.

        The call must be one that can be made twice.

        Raises:
            RunError: when the storage stays away.
        """
        waited, pause = 0.0, _FIRST_S
        while True:
            try:
                found = call()
            except Exception as error:
                if not _is_away(error):
                    raise
                if waited >= self.give_up_s:
                    raise RunError(_gone(waited, error)) from error
                if not waited:
                    said = f"the study's storage does not answer ({_first(error)})"
                    self.say(f"{said}: trying again for {self.give_up_s / 60:.0f} minutes")
                self.sleep(pause)
                waited, pause = waited + pause, min(2 * pause, _LONGEST_S)
                continue
            if waited:
                self.say("the study's storage answers again")
            return found


def _is_away(error: Exception) -> bool:
    from optuna.exceptions import StorageInternalError

    is_sql = type(error).__module__.startswith("sqlalchemy.")  # optuna lets some pass as they are
    is_lost = is_sql and type(error).__name__ in ("OperationalError", "InterfaceError")
    return is_lost or isinstance(error, StorageInternalError)


def _first(error: Exception) -> str:
    cause = error.__cause__ or error
    origin = getattr(cause, "orig", None) or cause
    return first_line(origin)


def _gone(waited_s: float, error: Exception) -> str:
    said = f"the study's storage has not answered for {waited_s / 60:.0f} minutes"
    ways = "no finished trial is lost; go on with the same command and --resume"
    return f"{said} ({_first(error)}): {ways}"
